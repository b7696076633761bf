/** The command line, read once: which command, its words and its flags. Says which is wrong and what there is. No I/O. */
import { err, ok, type Result } from '../../shared/result.ts'
import { isSubscriptionId, type SubscriptionId } from '../../shared/subscription.ts'
import { ACTING, readLine, TEXT } from '../flags.ts'

/** What a command may be given beside its words. */
export type FlagName =
  | 'product'
  | 'state'
  | 'month'
  | 'who'
  | 'why'
  | 'act'
  | 'from'
  | 'to'
  | 'id'
  | 'says'
  | 'source'
  | 'reason'
  | 'dimension'
  | 'record'

/** A command's line: `words` are named in order, those in brackets may be left out. */
export interface Syntax {
  readonly words: readonly string[]
  readonly flags: readonly FlagName[]
  /** Flags without a value. */
  readonly switches?: readonly 'stopped'[]
}

/** An act is signed: who, why, and its id when it is given again. */
const SIGNED: readonly FlagName[] = ['who', 'why', 'act']
const OF_RECORD: Syntax = { words: ['SUBSCRIPTION', 'RECORD'], flags: SIGNED }
const OF_ASIDE: Syntax = { words: ['SUBSCRIPTION', 'USAGE'], flags: [...SIGNED, 'source', 'reason'] }

export const SYNTAX = {
  run: { words: [], flags: [] },
  list: { words: [], flags: ['product', 'state'] },
  show: { words: ['SUBSCRIPTION'], flags: ['month'] },
  audit: { words: ['[SUBSCRIPTION]'], flags: ['product', 'state'] },
  parked: { words: ['[SUBSCRIPTION]'], flags: ['product', 'state'] },
  backlog: { words: [], flags: [] },
  refused: { words: [], flags: [] },
  log: { words: [], flags: [] },
  export: { words: ['[SUBSCRIPTION]'], flags: ['product', 'state'] },
  retry: OF_RECORD,
  move: OF_RECORD,
  'write-off': OF_RECORD,
  evidence: { words: OF_RECORD.words, flags: [...SIGNED, 'from', 'id', 'says'] },
  hold: { words: ['SUBSCRIPTION'], flags: [...SIGNED, 'dimension'] },
  release: { words: ['SUBSCRIPTION'], flags: [...SIGNED, 'dimension', 'record'], switches: ['stopped'] },
  void: { words: ['SUBSCRIPTION'], flags: [...SIGNED, 'source', 'from', 'to'] },
  'bill-aside': OF_ASIDE,
  'drop-aside': OF_ASIDE,
  replay: { words: ['SUBSCRIPTION', '[SOURCE]', '[EVENT]'], flags: SIGNED },
  succeed: { words: ['SUBSCRIPTION', 'SUCCESSOR'], flags: SIGNED },
  'restore-check': { words: ['[SUBSCRIPTION]'], flags: ['product', 'state', ...SIGNED] },
} as const satisfies Readonly<Record<string, Syntax>>

export type CommandName = keyof typeof SYNTAX

export interface Given {
  readonly command: CommandName
  /** The first word, where the command takes one; undefined too for what belongs to no subscription. */
  readonly subscription: SubscriptionId | undefined
  /** Words behind the subscription. */
  readonly words: readonly string[]
  readonly flags: Readonly<Partial<Record<FlagName, string>>>
  readonly stopped: boolean
  /** For machines: one JSON value a line. */
  readonly json: boolean
  readonly folder: string | undefined
}

const FLAGS = {
  stopped: { type: 'boolean' },
  product: TEXT,
  state: TEXT,
  month: TEXT,
  from: TEXT,
  to: TEXT,
  id: TEXT,
  says: TEXT,
  source: TEXT,
  reason: TEXT,
  dimension: TEXT,
  record: TEXT,
  ...ACTING,
} as const

/** The command, `'help'`, or a sentence about what is wrong. */
export function readGiven(args: readonly string[]): Result<Given | 'help', string> {
  const parsed = readLine(args, FLAGS, SEE_HELP)
  if (!parsed.ok) return parsed
  const { values, positionals } = parsed.value
  const [command, ...words] = positionals
  if (values.help || command === undefined) return ok('help')
  if (!isCommand(command)) return err(`there is no command "${command}": ${SEE_HELP}`)

  const syntax: Syntax = SYNTAX[command]
  const { help: _, json = false, stopped = false, folder, ...flags } = values
  const known: readonly string[] = syntax.flags
  const foreign = Object.keys(flags).find((name) => !known.includes(name))
  const switched = stopped && !syntax.switches?.includes('stopped') ? 'stopped' : undefined
  if (foreign ?? switched) return err(`${command} takes no --${foreign ?? switched}: ${lineOf(command)}`)
  const needed = syntax.words.filter((word) => !word.startsWith('[')).length
  if (words.length < needed || words.length > syntax.words.length) return err(`write: ${lineOf(command)}`)

  if (isOfNone(command, words)) {
    return ok({ command, subscription: undefined, words, flags, stopped, json, folder })
  }
  if (command === 'replay' && words.length !== 3)
    return err(`write: ${lineOf(command)}, or a NUMBER of \`refused\``)

  const [subscription, ...further] = words
  if (subscription !== undefined && !isSubscriptionId(subscription)) {
    return err(`"${subscription}" is no subscription: it is sub_ and 22 characters, as \`list\` shows them`)
  }
  return ok({ command, subscription, words: further, flags, stopped, json, folder })
}

/** What belongs to no subscription: usage a door refused, which has a number, and all that is sent to AWS. */
const isOfNone = (command: CommandName, [first = '', second]: readonly string[]): boolean =>
  second === undefined &&
  ((command === 'replay' && /^\d{1,15}$/.test(first)) ||
    ((command === 'hold' || command === 'release') && first === 'sending'))

const SEE_HELP = '`npm run ledger -- --help` lists what there is'

const isCommand = (text: string): text is CommandName => Object.hasOwn(SYNTAX, text)

/** `npm run ledger -- move SUBSCRIPTION RECORD [--who …]`. */
export function lineOf(command: CommandName): string {
  const { words, flags }: Syntax = SYNTAX[command]
  const optional = flags.map((flag) => (flag === 'why' ? '--why TEXT' : `[--${flag} …]`))
  return ['npm run ledger --', command, ...words, ...optional].join(' ')
}
