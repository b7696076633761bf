/** AWS's events as they arrive, checked. Pure; no event is an error, some are only kept, and a note says why. */
import { member, objectOf, parseObject, textMember } from '../../shared/aws/json.ts'
import { licenseTail } from '../../shared/license.ts'
import { REPAIR_ID } from '../../shared/lifecycle/events.ts'
import type { Arrived } from '../db/inbox.ts'
import { isOfLicense, kindOf } from '../lifecycle/event.ts'

/** Whose events we act on. */
export interface Ours {
  readonly account: string
  readonly productCodes: readonly string[]
}

/** Marketplace events exist in this Region only. Source: facts §5.1. */
const REGION = 'us-east-1'
const SOURCE = 'aws.agreement-marketplace'

/** EventBridge's are UUIDs; a topic's and ours are short too. In characters. */
const ID_MAX = 256

/** SQLite reads JSON of a thousand levels and fails on a deeper one; an event of AWS has six. */
const LEVELS_MAX = 100

/** Nobody but us, who name it beside the event, says that a repair was made. */
function idOf(event: object | undefined, otherwise: string): string | undefined {
  const id = textMember(event, 'id')
  if (id === undefined || id.length > ID_MAX) return undefined
  return id.startsWith(REPAIR_ID) && id !== otherwise ? undefined : id
}

/** Reads one event of EventBridge, whichever way it came. What has no id of its own is kept under `otherwise`. */
export function readEvent(body: string, otherwise: string, ours: Ours, now: number): Arrived {
  const event = parseObject(body)
  const detail = objectOf(member(event, 'detail'))
  const license = textMember(objectOf(member(detail, 'license')), 'arn')
  const time = Date.parse(textMember(event, 'time') ?? '')
  const id = idOf(event, otherwise)
  const arrived = {
    id: id ?? otherwise,
    source: textMember(event, 'source') ?? '',
    detailType: textMember(event, 'detail-type') ?? '',
    timeMs: Number.isNaN(time) ? now : time,
    agreementId: textMember(objectOf(member(detail, 'agreement')), 'id') ?? null,
    licenseTail: license === undefined ? null : (licenseTail(license) ?? null),
    productCode: textMember(objectOf(member(detail, 'product')), 'code') ?? null,
    account: textMember(objectOf(member(detail, 'acceptor')), 'accountId') ?? null,
    customerIdentifier: null,
    body,
  }
  return { ...arrived, note: noteOf(arrived, event, id !== undefined, ours) }
}

/** Why it is only kept: not ours, not readable, or of a kind that changes nothing. */
function noteOf(
  arrived: Omit<Arrived, 'note'>,
  event: object | undefined,
  isNamed: boolean,
  ours: Ours,
): string | null {
  if (event === undefined) return 'not a JSON object'
  if (isDeep(arrived.body)) return 'nested deeper than any of AWS'
  if (arrived.source !== SOURCE) return 'from another source'
  if (textMember(event, 'account') !== ours.account) return 'for another account'
  if (textMember(event, 'region') !== REGION) return 'from another Region'
  if (!isNamed) return 'without an id'
  if (Number.isNaN(Date.parse(textMember(event, 'time') ?? ''))) return 'without a time'
  const kind = kindOf(arrived.detailType)
  if (kind === undefined) return 'of a kind that changes nothing'
  if (arrived.agreementId === null) return 'without an agreement'
  if (!isOfLicense(kind)) return null
  if (arrived.licenseTail === null) return 'without a license'
  return ours.productCodes.includes(arrived.productCode ?? '') ? null : 'for a product that is not ours'
}

/** True for JSON of more than `LEVELS_MAX` levels. */
function isDeep(text: string): boolean {
  let level = 0
  for (const [mark] of text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').matchAll(/[[\]{}]/g)) {
    level += mark === '[' || mark === '{' ? 1 : -1
    if (level > LEVELS_MAX) return true
  }
  return false
}
