/** The command line of `npm run events`, read once; says which part is wrong and what there is. No I/O. */
import { err, ok, type Result } from '../../shared/result.ts'
import { isSubscriptionId } from '../../shared/subscription.ts'
import { ACTING, readLine, TEXT } from '../flags.ts'

export const HELP = `npm run events -- COMMAND [flags]     what AWS sent, what came of it, and applying it again

See:
  list [--state S] [--subscription SUB] [--agreement A]   events, the last received first
  show EVENT                                              one, with the text AWS sent

Do (asks for --why "…" and is written to the audit log; --who is your user name unless you say):
  replay EVENT                                            reads it again by today's rules and applies it; a second
                                                          time changes nothing

S is waiting (nobody knows whose it is yet), applied, held (it fits nowhere in the life of its purchase) or kept (it
changes nothing, and the list says why).
--json prints one JSON value a line. --limit N lists so many (default 50). --act ID gives an act again whose answer
was lost: it is done once.

A running \`npm start\` is found in .tollgate, or in --folder DIR. For a deployment set TOLLGATE_URL and
TOLLGATE_OPERATOR_KEY. Exit codes: 0 done, 1 refused, 2 the command line, 3 no answer, 4 no key.`

/** What a person asks for. `word`: the event's id. */
export interface Given {
  readonly command: 'list' | 'show' | 'replay'
  readonly word: string
  readonly state: string | undefined
  readonly subscription: string | undefined
  readonly agreement: string | undefined
  readonly limit: number
  readonly json: boolean
  readonly folder: string | undefined
  readonly who: string | undefined
  readonly why: string | undefined
  readonly act: string | undefined
}

const STATES = ['waiting', 'applied', 'held', 'kept']
const SEE_HELP = '`npm run events -- --help` lists what there is'

const FLAGS = { state: TEXT, subscription: TEXT, agreement: TEXT, limit: TEXT, ...ACTING } as const

/** The command, `'help'`, or a sentence about what is wrong. */
export function readGiven(args: readonly string[]): Result<Given | 'help', string> {
  const parsed = readLine(args, FLAGS, SEE_HELP)
  if (!parsed.ok) return parsed
  const { values, positionals } = parsed.value
  const [command, word = '', ...more] = positionals
  if (values.help || command === undefined) return ok('help')
  if (command !== 'list' && command !== 'show' && command !== 'replay')
    return err(`there is no command "${command}": ${SEE_HELP}`)
  if (more.length > 0 || (command === 'list' && word !== ''))
    return err(`"${more[0] ?? word}" is too much: ${SEE_HELP}`)
  if (command !== 'list' && word === '') return err(`${command} takes an event’s id, as \`list\` shows it`)
  const { state, subscription, agreement, limit = '50', json = false, folder, who, why, act } = values
  if (state !== undefined && !STATES.includes(state)) return err(`--state is one of: ${STATES.join(', ')}`)
  if (subscription !== undefined && !isSubscriptionId(subscription))
    return err('--subscription is sub_ and 22 characters')
  if (!/^[1-9]\d{0,5}$/.test(limit)) return err('--limit is a number from 1 to 999999')
  const asked = { command, word, state, subscription, agreement, limit: Number(limit) } as const
  return ok({ ...asked, json, folder, who, why, act })
}
