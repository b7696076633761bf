/** An act as the operator sends it: every field is there, known and well-formed, or a sentence says which is not. Pure. */
import { member, objectOf } from '../../shared/aws/json.ts'
import { HOUR_MS } from '../../shared/hour.ts'
import type { RepairAct, RepairKind } from '../../shared/ledger/repair.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { RecordState } from '../../shared/submission/record.ts'

/** Undefined: the value will do; else what it has to be. */
type Check = (value: unknown) => string | undefined
type Fields = Readonly<Record<string, Check>>

/** A text of one line, for an audit log that people read. */
const text =
  (max: number): Check =>
  (value) =>
    typeof value === 'string' &&
    value.trim() !== '' &&
    value.length <= max &&
    value.isWellFormed() &&
    !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value)
      ? undefined
      : `a line of 1 to ${max} characters`

const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    values.some((one) => one === value) ? undefined : `one of: ${values.join(', ')}`

const orNull =
  (check: Check): Check =>
  (value) => {
    const wrong = value === null ? undefined : check(value)
    return wrong && `null or ${wrong}`
  }

const time: Check = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? undefined : 'epoch ms'

const hour: Check = (value) =>
  time(value) === undefined && Number(value) % HOUR_MS === 0 ? undefined : 'the first ms of a UTC hour'

const id: Check = (value) =>
  typeof value === 'string' && /^[\w-]{8,64}$/.test(value) ? undefined : '8 to 64 letters, digits, - and _'

const decimal: Check = (value) =>
  typeof value === 'string' && /^\d{1,20}(\.\d{1,6})?$/.test(value) ? undefined : 'decimal text'

/** An object of exactly these fields. */
const object =
  (fields: Fields): Check =>
  (value) => {
    const given = objectOf(value)
    if (given === undefined) return `an object with ${Object.keys(fields).join(', ')}`
    const foreign = Object.keys(given).find((name) => !Object.hasOwn(fields, name))
    if (foreign !== undefined) return `an object with ${Object.keys(fields).join(', ')} and nothing else`
    for (const [name, check] of Object.entries(fields)) {
      const wrong = check(member(given, name))
      if (wrong !== undefined) return `an object whose ${name} is ${wrong}`
    }
    return undefined
  }

/** An object whose `kind` says which other fields it has. */
const kinds =
  (arms: Readonly<Record<string, Fields>>): Check =>
  (value) => {
    const kind = member(objectOf(value), 'kind')
    const arm = typeof kind === 'string' && Object.hasOwn(arms, kind) ? arms[kind] : undefined
    if (arm === undefined) return `an object whose kind is ${oneOf(...Object.keys(arms))('')}`
    return object({ kind: oneOf(String(kind)), ...arm })(value)
  }

const STATES = {
  waiting: true,
  billed: true,
  doubtful: true,
  parked: true,
  expired: true,
  moved: true,
  'written off': true,
} satisfies Record<RecordState, true>

const KEY_MAX = 1_000
const NAME_MAX = 256

const OF_RECORD: Fields = {
  record: text(KEY_MAX),
  seen: object({ state: oneOf(...Object.keys(STATES)), settledAt: orNull(time) }),
}
const OF_ASIDE: Fields = {
  aside: object({
    hour,
    meter: text(NAME_MAX),
    life: time,
    source: text(NAME_MAX),
    reason: oneOf('month-closed', 'price-changed', 'trial', 'grace', 'voided'),
    amount: decimal,
  }),
}

const ACTS: Readonly<Record<RepairKind, Fields>> = {
  retry: OF_RECORD,
  move: OF_RECORD,
  'write off': OF_RECORD,
  evidence: {
    ...OF_RECORD,
    from: oneOf('cloudtrail', 'billing-feed'),
    evidence: text(NAME_MAX),
    says: oneOf('billed', 'not recorded'),
  },
  hold: { dimension: orNull(text(NAME_MAX)) },
  release: {
    what: kinds({
      subscription: {},
      dimension: { dimension: text(NAME_MAX) },
      stopped: {},
      spike: { record: text(KEY_MAX) },
    }),
  },
  void: { source: text(NAME_MAX), from: hour, to: hour },
  'bill aside': OF_ASIDE,
  'drop aside': OF_ASIDE,
  replay: { source: text(NAME_MAX), event: text(NAME_MAX) },
}

const SIGNED: Fields = { id, who: text(100), why: text(500) }
const ARMS = Object.fromEntries(
  Object.entries(ACTS).map(([kind, fields]) => [kind, { ...SIGNED, ...fields }]),
)
const isAct = kinds(ARMS)
const isSigned = object(SIGNED)

/** An act that may be given to a Ledger; whether it is allowed is the Ledger's to say. */
export function readAct(value: unknown): Result<RepairAct, string> {
  const wrong = isAct(value)
  return wrong === undefined ? ok(value as RepairAct) : err(`An act is ${wrong}. Nothing was done.`)
}

/** Who acts and why, where the act itself is in the address. */
export function readSigned(value: unknown): Result<{ id: string; who: string; why: string }, string> {
  const wrong = isSigned(value)
  if (wrong !== undefined) return err(`An act is signed by ${wrong}. Nothing was done.`)
  return ok(value as { id: string; who: string; why: string })
}
