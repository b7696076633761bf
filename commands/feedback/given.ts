/** The command line of `npm run feedback`, read once; says which part is wrong. No I/O. */
import { err, ok, type Result } from '../../shared/result.ts'
import { readLine, TEXT } from '../flags.ts'

export const HELP = `npm run feedback -- list [flags]     what buyers wrote on their status pages

Lists the newest first: when, whose subscription, what it is about, how likely the buyer is to recommend you, whom to
answer, and the words. They are personal data: \`npm run buyers\` exports and erases them with the buyer.

--json prints one JSON value. --limit N lists so many (default 20, at most 200). --after N goes on where a list ended.

A running \`npm start\` is found in .tollgate, or in --folder DIR. For a deployment set TOLLGATE_URL and
TOLLGATE_OPERATOR_KEY. Exit codes: 0 done, 2 the command line, 3 no answer, 4 no key.`

/** What a person asks for. */
export interface Given {
  readonly command: 'list'
  readonly limit: string
  readonly after: string | undefined
  readonly json: boolean
  readonly folder: string | undefined
}

const SEE_HELP = '`npm run feedback -- --help` lists what there is'

const FLAGS = { limit: TEXT, after: TEXT } as const

/** The command, `'help'`, or a sentence about what is wrong. */
export function readGiven(args: readonly string[]): Result<Given | 'help', string> {
  const parsed = readLine(args, FLAGS, SEE_HELP)
  if (!parsed.ok) return parsed
  const { values, positionals } = parsed.value
  const [command = 'list', ...more] = positionals
  if (values.help) return ok('help')
  if (command !== 'list') return err(`there is no command "${command}": ${SEE_HELP}`)
  if (more[0] !== undefined) return err(`"${more[0]}" is too much: ${SEE_HELP}`)
  const { limit = '20', after, json = false, folder } = values
  if (!/^([1-9]\d?|1\d\d|200)$/.test(limit)) return err('--limit is a number from 1 to 200')
  if (after !== undefined && !/^\d{1,15}$/.test(after)) return err('--after is the number a list ended with')
  return ok({ command, limit, after, json, folder })
}
