/** BatchMeterUsage on the wire: the request of a batch, and each record's answer in what came back. Pure. */
import { hourOf } from '../hour.ts'
import { licenseTail } from '../license.ts'
import { err, ok, type Result } from '../result.ts'
import type { FrozenRecord } from '../submission/record.ts'
import { edgeIdentity } from '../subscription.ts'
import type { CallFailure } from './failure.ts'
import { integerMember, listMember, member, objectOf, textMember } from './json.ts'

/** Source: API_BatchMeterUsage, "up to 25 UsageRecords", "requests must be less than 1 MB" (2026-11-21). */
export const BATCH_MAX = 25
export const REQUEST_MAX_BYTES = 999_999

/** Source: API_UsageRecord: `Timestamp` in epoch seconds (2026-11-21). */
export interface WireRecord {
  readonly Timestamp: number
  readonly Dimension: string
  readonly Quantity: number
  readonly LicenseArn?: string
  readonly CustomerAWSAccountId?: string
  readonly CustomerIdentifier?: string
}

export interface WireBatch {
  /** Legacy only: with a LicenseArn beside it AWS bills twice. Source: API_BatchMeterUsage (2026-11-21). */
  readonly ProductCode?: string
  readonly UsageRecords: readonly WireRecord[]
}

/** AWS's answer to one record of a batch that was taken as a whole. */
export type RecordAnswer =
  | { readonly kind: 'success'; readonly receipt: string }
  | { readonly kind: 'duplicate'; readonly receipt: string | null }
  | { readonly kind: 'not-subscribed' }
  | { readonly kind: 'unprocessed' }
  /** In neither list, in both, twice, of another quantity, of an unknown status, or without its receipt. */
  | { readonly kind: 'unanswered'; readonly why: string }

/** The identity's part of a record decides the form: a license goes without ProductCode, the others with it. */
export function wireRecord(record: FrozenRecord): WireRecord {
  const identity = edgeIdentity(record.identity)
  const usage = {
    Timestamp: record.timestamp / 1_000,
    Dimension: record.dimension,
    Quantity: record.quantity,
  }
  switch (identity.kind) {
    case 'license':
      return { ...usage, CustomerAWSAccountId: identity.account, LicenseArn: identity.licenseArn }
    case 'product-account':
      return { ...usage, CustomerAWSAccountId: identity.account }
    case 'product-customer':
      return { ...usage, CustomerIdentifier: identity.customerIdentifier }
  }
}

/** The body of one call. The records are of one product and one kind of identity: the caller sees to it. */
export function batchRequest(records: readonly FrozenRecord[]): WireBatch {
  const first = records[0]
  const UsageRecords = records.map(wireRecord)
  return first === undefined || first.identity.kind === 'license'
    ? { UsageRecords }
    : { ProductCode: first.identity.productCode, UsageRecords }
}

/** Bytes a record adds to the body, its comma included. */
export const wireBytes = (record: FrozenRecord): number =>
  new TextEncoder().encode(JSON.stringify(wireRecord(record))).length + 1

/**
 * Each sent record's answer, by the record's key. Matched by account (or customer), license, dimension and hour, never
 * by position; what the answer holds beyond what was sent is ignored. Fails when it is no batch answer at all.
 */
export function readBatchAnswer(
  sent: readonly FrozenRecord[],
  answer: unknown,
): Result<ReadonlyMap<string, RecordAnswer>, CallFailure> {
  const body = objectOf(answer)
  const results = listMember(body, 'Results')
  const unprocessed = listMember(body, 'UnprocessedRecords')
  if (body === undefined || results === undefined || unprocessed === undefined)
    return err({ kind: 'unexpected_body', message: 'Results or UnprocessedRecords is not a list' })

  const found = new Map<
    string,
    { readonly usage: object | undefined; readonly result: object | undefined }[]
  >()
  const note = (usage: object | undefined, result: object | undefined, customer: boolean): void => {
    const key = answeredKey(usage, customer)
    if (key !== undefined) found.set(key, [...(found.get(key) ?? []), { usage, result }])
  }
  const customer = sent[0]?.identity.kind === 'product-customer'
  for (const item of results) {
    const result = objectOf(item)
    note(objectOf(member(result, 'UsageRecord')), result, customer)
  }
  for (const item of unprocessed) note(objectOf(item), undefined, customer)

  return ok(new Map(sent.map((record) => [record.key, answerTo(record, found.get(sentKey(record)) ?? [])])))
}

function answerTo(
  record: FrozenRecord,
  answers: readonly { readonly usage: object | undefined; readonly result: object | undefined }[],
): RecordAnswer {
  const [answer] = answers
  if (answer === undefined) return { kind: 'unanswered', why: 'in neither list' }
  if (answers.length > 1) return { kind: 'unanswered', why: `answered ${answers.length} times` }
  if ((integerMember(answer.usage, 'Quantity') ?? 0) !== record.quantity)
    return { kind: 'unanswered', why: 'answered with another quantity' }
  if (answer.result === undefined) return { kind: 'unprocessed' }

  const receipt = textMember(answer.result, 'MeteringRecordId')
  switch (textMember(answer.result, 'Status') ?? '') {
    case 'Success':
      // Without its id nothing proves that AWS holds it; the identical record again gives the same id.
      return receipt === undefined
        ? { kind: 'unanswered', why: 'Success without MeteringRecordId' }
        : { kind: 'success', receipt }
    case 'DuplicateRecord':
      return { kind: 'duplicate', receipt: receipt ?? null }
    case 'CustomerNotSubscribed':
      return { kind: 'not-subscribed' }
    default:
      return { kind: 'unanswered', why: 'unknown Status' }
  }
}

/** Licenses are compared by their tail: AWS prints three formats of one. */
const tailOrArn = (arn: string): string => licenseTail(arn) ?? arn

const wireKey = (license: string, who: string, dimension: string, hour: number): string =>
  JSON.stringify([license, who, dimension, hour])

function sentKey(record: FrozenRecord): string {
  const { dimension } = record
  const identity = edgeIdentity(record.identity)
  const hour = hourOf(record.timestamp)
  switch (identity.kind) {
    case 'license':
      return wireKey(tailOrArn(identity.licenseArn), identity.account, dimension, hour)
    case 'product-account':
      return wireKey('', identity.account, dimension, hour)
    case 'product-customer':
      return wireKey('', identity.customerIdentifier, dimension, hour)
  }
}

/** The same key from AWS's copy of a record; undefined when it names no customer, dimension or time. */
function answeredKey(usage: object | undefined, customer: boolean): string | undefined {
  const who = textMember(usage, customer ? 'CustomerIdentifier' : 'CustomerAWSAccountId')
  const dimension = textMember(usage, 'Dimension')
  const seconds = member(usage, 'Timestamp')
  if (who === undefined || dimension === undefined) return undefined
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return undefined
  const license = textMember(usage, 'LicenseArn')
  return wireKey(license === undefined ? '' : tailOrArn(license), who, dimension, hourOf(seconds * 1_000))
}
