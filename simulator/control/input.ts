/** What programs send to the control API, as the marketplace's commands. Pure; the machine checks the meaning. */
import type { Result } from '../../shared/result.ts'
import { err, ok } from '../../shared/result.ts'
import type { Fields } from './fields.ts'
import { isFieldsBody } from './fields.ts'
import type { Commands, Subscribe } from '../marketplace/commands.ts'
import type { FaultKind } from '../marketplace/fault.ts'
import type { Bought, Json } from '../marketplace/model.ts'

export function readSubscribe(fields: Fields): Result<Subscribe, string> {
  const product = fields.text('product')
  const account = fields.text('account')
  const bought = readBought(fields)
  const rest = {
    term: fields.oneOf('term', ['month', 'year']),
    autoRenew: fields.flag('autoRenew'),
    trial: fields.flag('trial'),
    payment: fields.oneOf('payment', ['pending', 'failed']),
    startDelayMs: fields.duration('startDelay'),
    createdDelayMs: fields.duration('createdDelay'),
    licenseDelayMs: fields.duration('licenseDelay'),
  }
  if (product === undefined) fields.note('"product" is missing: a product\'s key, see GET /api/state.')
  if (account === undefined) fields.note('"account" is missing: an AWS account as a text of 12 digits.')
  const wrong = fields.problems()
  if (wrong !== '' || product === undefined || account === undefined) return err(wrong)
  return ok({ product, account, ...(bought.length > 0 ? { bought } : {}), ...given(rest) })
}

/** `"bought": [{"dimension": "team_users", "quantity": 10}]` */
export function readBought(fields: Fields): Bought[] {
  const list = fields.raw('bought') ?? []
  const bought = Array.isArray(list) ? list.map(readPurchase) : [undefined]
  if (bought.includes(undefined))
    fields.note('"bought" must be a list such as [{"dimension": "team_users", "quantity": 10}].')
  return bought.filter((each) => each !== undefined)
}

function readPurchase(value: Json): Bought | undefined {
  if (!isFieldsBody(value)) return undefined
  const { dimension, quantity } = value
  return typeof dimension === 'string' && typeof quantity === 'number' ? { dimension, quantity } : undefined
}

/** Every kind of fault; the storefront's names for them stand in `storefront/fault-form.ts`. */
const KINDS: readonly FaultKind['kind'][] = [
  'throttle',
  'refused',
  'internal_error_before_commit',
  'internal_error_after_commit',
  'lost_reply',
  'unprocessed',
  'event_delay',
  'event_lost',
  'queue_lost',
  'push_lost',
  'event_duplicate',
  'event_reorder',
  'message_duplicate',
]

export function readFault(fields: Fields): Result<Commands['set_fault'], string> {
  const kind = fields.oneOf('kind', KINDS)
  const on = fields.text('on') ?? defaultTarget(kind)
  const records = fields.raw('records')
  const delayMs = fields.duration('delay')
  const code = fields.text('code')
  const status = fields.number('status')
  const rest = { count: fields.number('count'), probability: fields.number('probability') }
  if (kind === undefined) fields.note(`"kind" must be one of ${KINDS.join(', ')}.`)
  if (kind === 'event_delay' && delayMs === undefined)
    fields.note('"delay" is missing: how much later the event comes, such as "PT5M".')
  if (kind === 'refused' && code === undefined)
    fields.note('"code" is missing: the exception it is refused with, such as "MessageRejected".')
  const wrong = fields.problems()
  if (wrong !== '' || kind === undefined) return err(wrong)
  return ok({
    fault:
      kind === 'refused' ? { kind, code: code ?? '', ...given({ status }) } : faultOf(kind, records, delayMs),
    on,
    ...given(rest),
  })
}

/** A fault that only one operation can have needs no `on`. */
function defaultTarget(kind: FaultKind['kind'] | undefined): string {
  if (kind === 'unprocessed') return 'BatchMeterUsage'
  return kind === 'message_duplicate' ? 'ReceiveMessage' : '*'
}

function faultOf(
  kind: Exclude<FaultKind['kind'], 'refused'>,
  records: Json | undefined,
  delayMs: number | undefined,
): FaultKind {
  if (kind === 'event_delay') return { kind, delayMs: delayMs ?? 0 }
  if (kind !== 'unprocessed') return { kind }
  return { kind, records: records === 'some' || typeof records === 'number' ? records : 'all' }
}

/** The same object without what was not given. */
export function given<T extends object>(of: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(of).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> }
}
