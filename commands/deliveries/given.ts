/** The command line of `npm run deliveries`, read once; says which part is wrong and what there is. No I/O. */
import type { Channel } from '../../shared/deliveries.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { ACTING, readLine, TEXT } from '../flags.ts'

export const HELP = `npm run deliveries -- COMMAND [flags]     what was told to whom, and telling it again

See:
  list [--state S] [--channel C] [--subscription SUB]     deliveries, the newest first
  show DELIVERY                                           one, with what it tells

Do (asks for --why "…" and is written to the audit log; --who is your user name unless you say):
  redeliver DELIVERY                                      this one now, under the id it has
  redeliver parked [--channel C]                          everything that is parked

S is waiting, delivered, parked or skipped. C is webhook (your application), sns (your people) or mail (the buyer).
--json prints one JSON value a line. --limit N lists so many (default 50). --act ID gives an act again whose answer
was lost: it is done once.

A running \`npm start\` is found in .tollgate, or in --folder DIR. For a deployment set TOLLGATE_URL and
TOLLGATE_OPERATOR_KEY. Exit codes: 0 done, 1 refused, 2 the command line, 3 no answer, 4 no key.`

/** What a person asks for. `word`: the delivery, or `parked`. */
export interface Given {
  readonly command: 'list' | 'show' | 'redeliver'
  readonly word: string
  readonly state: string | undefined
  readonly channel: string | undefined
  readonly subscription: string | undefined
  readonly limit: number
  readonly json: boolean
  readonly folder: string | undefined
  readonly who: string | undefined
  readonly why: string | undefined
  readonly act: string | undefined
}

const CHANNELS = ['webhook', 'sns', 'mail'] as const satisfies readonly Channel[]
const STATES = ['waiting', 'delivered', 'parked', 'skipped']
const SEE_HELP = '`npm run deliveries -- --help` lists what there is'

const FLAGS = { state: TEXT, channel: TEXT, subscription: TEXT, limit: TEXT, ...ACTING } as const

/** The command, `'help'`, or a sentence about what is wrong. */
export function readGiven(args: readonly string[]): Result<Given | 'help', string> {
  const parsed = readLine(args, FLAGS, SEE_HELP)
  if (!parsed.ok) return parsed
  const { values, positionals } = parsed.value
  const [command, word = '', ...more] = positionals
  if (values.help || command === undefined) return ok('help')
  if (command !== 'list' && command !== 'show' && command !== 'redeliver')
    return err(`there is no command "${command}": ${SEE_HELP}`)
  if (more.length > 0 || (command === 'list' && word !== ''))
    return err(`"${more[0] ?? word}" is too much: ${SEE_HELP}`)
  if (command !== 'list' && !isDelivery(word) && !(command === 'redeliver' && word === 'parked'))
    return err(`${command} takes a delivery, dlv_ and 32 hex digits, as \`list\` shows it`)
  const { state, channel, subscription, limit = '50', json = false, folder, who, why, act } = values
  if (state !== undefined && !STATES.includes(state)) return err(`--state is one of: ${STATES.join(', ')}`)
  if (channel !== undefined && !CHANNELS.some((one) => one === channel))
    return err(`--channel is one of: ${CHANNELS.join(', ')}`)
  if (!/^[1-9]\d{0,5}$/.test(limit)) return err('--limit is a number from 1 to 999999')
  return ok({
    command,
    word,
    state,
    channel,
    subscription,
    limit: Number(limit),
    json,
    folder,
    who,
    why,
    act,
  })
}

const isDelivery = (text: string): boolean => /^dlv_[0-9a-f]{32}$/.test(text)
