/** The command line of `npm run buyers`, read once; says which part is wrong and what there is. No I/O. */
import { err, ok, type Result } from '../../shared/result.ts'
import { ACTING, readLine } from '../flags.ts'

export const HELP = `npm run buyers -- COMMAND ACCOUNT --why "…"     the people of one AWS account

  export ACCOUNT      all that is kept of them, as JSON on standard output
  erase ACCOUNT       erases it; access and billing go on, and it cannot be taken back

ACCOUNT is the buyer's AWS account: 12 digits, with its zeros. Each act is written to the audit log; --who is your user
name unless you say. --json prints one JSON value a line. --act ID gives an act again whose answer was lost: it is done
once. What is kept where, and for how long, stands in docs/privacy.md.

A running \`npm start\` is found in .tollgate, or in --folder DIR. For a deployment set TOLLGATE_URL and
TOLLGATE_OPERATOR_KEY. Exit codes: 0 done, 1 refused, 2 the command line, 3 no answer, 4 no key.`

/** What a person asks for. */
export interface Given {
  readonly command: 'export' | 'erase'
  readonly account: string
  readonly why: string
  readonly who: string | undefined
  readonly act: string | undefined
  readonly json: boolean
  readonly folder: string | undefined
}

const SEE_HELP = '`npm run buyers -- --help` lists what there is'

const FLAGS = { ...ACTING } as const

/** The command, `'help'`, or a sentence about what is wrong. */
export function readGiven(args: readonly string[]): Result<Given | 'help', string> {
  const parsed = readLine(args, FLAGS, SEE_HELP)
  if (!parsed.ok) return parsed
  const { values, positionals } = parsed.value
  const [command, account = '', ...more] = positionals
  if (values.help || command === undefined) return ok('help')
  if (command !== 'export' && command !== 'erase') return err(`there is no command "${command}": ${SEE_HELP}`)
  if (more.length > 0) return err(`"${more[0]}" is too much: ${SEE_HELP}`)
  if (!/^\d{12}$/.test(account)) return err(`${command} takes an AWS account: 12 digits, with its zeros`)
  const { who, why = '', act, json = false, folder } = values
  if (why.trim() === '') return err('say why: --why "…" stands in the audit log for whoever reads it later')
  return ok({ command, account, why, who, act, json, folder })
}
