/** The command line of `npm run reconciliations`, read once; says which part is wrong. No I/O. */
import { err, ok, type Result } from '../../shared/result.ts'
import { readLine, TEXT } from '../flags.ts'

export const HELP = `npm run reconciliations -- list [flags]     what the hourly comparison with AWS found

Lists the last comparisons, the events of AWS that never came and were written in their place, agreements that
contradict what events told (yours to look at), and agreements in force whose buyer has not come here yet.

--json prints one JSON value. --limit N lists so many of each (default 20, at most 200).

A running \`npm start\` is found in .tollgate, or in --folder DIR. For a deployment set TOLLGATE_URL and
TOLLGATE_OPERATOR_KEY. Exit codes: 0 done, 2 the command line, 3 no answer, 4 no key.`

/** What a person asks for. */
export interface Given {
  readonly command: 'list'
  readonly limit: number
  readonly json: boolean
  readonly folder: string | undefined
}

const SEE_HELP = '`npm run reconciliations -- --help` lists what there is'

const FLAGS = { limit: TEXT } as const

/** The command, `'help'`, or a sentence about what is wrong. */
export function readGiven(args: readonly string[]): Result<Given | 'help', string> {
  const parsed = readLine(args, FLAGS, SEE_HELP)
  if (!parsed.ok) return parsed
  const { values, positionals } = parsed.value
  const [command = 'list', ...more] = positionals
  if (values.help) return ok('help')
  if (command !== 'list') return err(`there is no command "${command}": ${SEE_HELP}`)
  if (more[0] !== undefined) return err(`"${more[0]}" is too much: ${SEE_HELP}`)
  const { limit = '20', json = false, folder } = values
  if (!/^([1-9]\d?|1\d\d|200)$/.test(limit)) return err('--limit is a number from 1 to 200')
  return ok({ command, limit: Number(limit), json, folder })
}
