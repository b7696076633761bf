/** BatchMeterUsage: what is taken goes onto the bill, once an hour and dimension, first write wins. Pure. */
import { ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import { checkBatch } from './batch-checks.ts'
import type { Placed } from './batch-checks.ts'
import type { ApiCall } from './commands.ts'
import { own } from './draft.ts'
import type { Draft } from './draft.ts'
import { takeFault } from './faults.ts'
import { licenseStanding } from './licenses.ts'
import type { Agreement, BilledRecord, Json } from './model.ts'
import { drawBelow, drawUuid } from './random.ts'
import { SAAS_REGIONS } from '../../shared/aws/regions.ts'
import type { ApiRefusal } from './shape.ts'
import { refusal } from './shape.ts'
import { readBatch } from './usage-records.ts'
import type { UsageRecord } from './usage-records.ts'

const HOUR_SECONDS = 3_600

/** The whole batch, or nothing of it. Source: facts §2.1–2.7 and §9.4 (2026-11-21). */
export function batchMeterUsage(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  if (!SAAS_REGIONS.includes(call.caller.region))
    return refusal('DisabledApiException', `BatchMeterUsage is not offered in ${call.caller.region}.`)
  const request = readBatch(call.input, call.bytes)
  if (!request.ok) return request
  const placed = checkBatch(draft, request.value)
  if (!placed.ok) return placed

  const skipped = drawUnprocessed(draft, placed.value.length)
  const results: Json[] = []
  const unprocessed: Json[] = []
  for (const [index, one] of placed.value.entries()) {
    if (skipped.has(index)) unprocessed.push(one.record.source)
    else results.push(meter(draft, call.caller.region, request.value.productCode, one))
  }
  return ok({ Results: results, UnprocessedRecords: unprocessed })
}

/** Which records a fault hands back untouched. */
function drawUnprocessed(draft: Draft, length: number): ReadonlySet<number> {
  const skipped = new Set<number>()
  const fault = length === 0 ? undefined : takeFault(draft, 'unprocessed', 'BatchMeterUsage')
  if (fault === undefined) return skipped
  const { records } = fault
  if (records === 'some') draft.changed = true
  const wanted =
    records === 'all'
      ? length
      : records === 'some'
        ? 1 + drawBelow(draft.state, length)
        : Math.min(records, length)
  if (wanted < length) draft.changed = true
  while (skipped.size < wanted) skipped.add(wanted === length ? skipped.size : drawBelow(draft.state, length))
  return skipped
}

/** One record: not subscribed, taken, taken before, or in conflict with what was taken. */
function meter(
  draft: Draft,
  region: string,
  productCode: string | undefined,
  { record, agreement }: Placed,
): Json {
  const standing = agreement === undefined ? 'ended' : licenseStanding(agreement, draft.times.business)
  if (agreement === undefined || standing === 'pending' || standing === 'ended')
    return { UsageRecord: record.source, Status: 'CustomerNotSubscribed' }

  const key = billKey(region, productCode, agreement, record)
  const earlier = own(draft.state.bill, key)
  if (earlier === undefined) {
    const taken = billed(draft, region, agreement, record)
    draft.state.bill[key] = taken
    draft.changed = true
    return { UsageRecord: record.source, MeteringRecordId: taken.id, Status: 'Success' }
  }
  return earlier.quantity === record.quantity && draft.state.knobs.identicalRetry === 'Success'
    ? { UsageRecord: record.source, MeteringRecordId: earlier.id, Status: 'Success' }
    : { UsageRecord: record.source, Status: 'DuplicateRecord' }
}

/** Region, license or product, customer, dimension, hour. Source: facts §2.3. */
const billKey = (
  region: string,
  productCode: string | undefined,
  agreement: Agreement,
  record: UsageRecord,
): string =>
  `${region}|${productCode ?? agreement.licenseArn}|${agreement.account}|${record.dimension}|${hourOf(record)}`

const hourOf = (record: UsageRecord): number =>
  Math.floor(record.timestamp / HOUR_SECONDS) * HOUR_SECONDS * 1000

function billed(draft: Draft, region: string, agreement: Agreement, record: UsageRecord): BilledRecord {
  const { state, times } = draft
  const product = state.products.find((p) => p.key === agreement.product)
  const price = product?.dimensions.find((d) => d.key === record.dimension)?.price ?? '0'
  return {
    id: drawUuid(state),
    region,
    agreementId: agreement.id,
    product: agreement.product,
    account: agreement.account,
    dimension: record.dimension,
    hour: hourOf(record),
    timestamp: record.timestamp,
    quantity: record.quantity,
    price: agreement.trial ? '0' : price,
    acceptedAt: times.business,
    allocations: record.source['UsageAllocations'] ?? null,
  }
}
