/**
 * MeterUsage: one record an hour, dimension and task, first write wins; on AgentCore records of an hour add up. Pure.
 * Source: API_MeterUsage, container-metering-meterusage (facts §2.9, 2026-11-21).
 */
import { CONTAINER_REGIONS } from '../../shared/aws/regions.ts'
import { err, ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import { badAllocation } from './batch-checks.ts'
import type { ApiCall } from './commands.ts'
import { isoMillis, laterRandom, own } from './draft.ts'
import type { Draft } from './draft.ts'
import type { MeterRequest } from './meter-usage-request.ts'
import { readMeterRequest } from './meter-usage-request.ts'
import type { BilledRecord, Json, MarketplaceProduct } from './model.ts'
import { drawUuid } from './random.ts'
import { AGENTCORE_REGIONS } from './regions.ts'
import type { ApiRefusal } from './shape.ts'
import { invalid, refusal } from './shape.ts'
import { callingTask, entitledCall, productOfCode, settleFirstCall } from './task-calls.ts'
import type { Task } from './task.ts'

const HOUR_MS = 3_600_000

/** How far back usage is taken. It makes the month's end at 06:00 UTC on the 1st a rule of its own no longer. */
const WINDOW_MS = 6 * HOUR_MS

export function meterUsage(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const { state } = draft
  const read = readMeterRequest(call.input)
  if (!read.ok) return read
  const request = read.value
  const calling = callingTask(state, call.caller)
  if (!calling.ok) return calling
  const task = calling.value
  const wrongRegion = badRegion(task, call.caller.region)
  if (wrongRegion !== undefined) return wrongRegion
  const product = productOfCode(state, request.productCode)
  if (!product.ok) return product
  const agreementId = entitledCall(draft, task, product.value)
  if (!agreementId.ok)
    return request.dryRun ? err({ ...agreementId.error, code: state.knobs.dryRunRefusal }) : agreementId
  const wrong =
    badTimestamp(draft, task, request) ??
    badDimension(product.value, request) ??
    badAllocation({ records: [request] }) ??
    badForAgentCore(task, request)
  if (wrong !== undefined) return wrong
  if (!request.dryRun) return take(draft, task, product.value, agreementId.value, request)
  settleFirstCall(draft, task, product.value, agreementId.value)
  // Not in the service's model: an SDK sees it as an error of this name.
  return refusal('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.')
}

/** Source: metering-regions: 17 for ECS and EKS, us-east-1 for AgentCore (facts §7). */
function badRegion(task: Task, region: string): Result<never, ApiRefusal> | undefined {
  const offered = task.launch === 'agentcore' ? AGENTCORE_REGIONS : CONTAINER_REGIONS
  if (region !== task.region)
    return refusal(
      'InvalidEndpointRegionException',
      `The endpoint is in ${region}, the resource in ${task.region}.`,
    )
  return offered.includes(region)
    ? undefined
    : refusal('InvalidEndpointRegionException', `MeterUsage is not offered in ${region}.`)
}

function badTimestamp(
  draft: Draft,
  task: Task,
  { timestamp }: MeterRequest,
): Result<never, ApiRefusal> | undefined {
  const { business } = draft.times
  const { futureToleranceMs, taskStart } = draft.state.knobs
  const at = timestamp * 1000
  const unitMs = taskStart === 'second' ? 1000 : HOUR_MS
  const start = Math.floor(task.startedAt / unitMs) * unitMs
  if (business - at < WINDOW_MS && at >= start && at <= business + futureToleranceMs) return undefined
  return refusal(
    'TimestampOutOfBoundsException',
    `The timestamp ${timestamp} is outside the window of six hours at ${isoMillis(business)}, or before the start of the software at ${isoMillis(task.startedAt)}.`,
  )
}

function badDimension(
  product: MarketplaceProduct,
  { dimension }: MeterRequest,
): Result<never, ApiRefusal> | undefined {
  return product.pricing === 'custom-metering' &&
    product.dimensions.some((d) => d.key === dimension && d.metered && d.offered)
    ? undefined
    : refusal('InvalidUsageDimensionException', `The usage dimension ${dimension} is not defined.`)
}

function badForAgentCore(
  { launch }: Task,
  { allocations, clientToken }: MeterRequest,
): Result<never, ApiRefusal> | undefined {
  if (launch !== 'agentcore') return undefined
  if (clientToken === undefined) return invalid('clientToken', 'Member must not be null')
  return allocations === undefined
    ? undefined
    : refusal('InvalidTagException', 'Vendor-metered tags are not supported on AgentCore Runtime.')
}

/** The same token asks for the same thing; then the hour decides. */
function take(
  draft: Draft,
  task: Task,
  product: MarketplaceProduct,
  agreementId: string,
  request: MeterRequest,
): Result<Json, ApiRefusal> {
  const { state } = draft
  const { clientToken } = request
  const tokenKey = `${task.region}|${task.account}|${clientToken ?? ''}`
  const asked = JSON.stringify([
    request.productCode,
    request.timestamp,
    request.dimension,
    request.quantity,
    request.source['UsageAllocations'] ?? null,
  ])
  const earlier = clientToken === undefined ? undefined : own(state.meterTokens, tokenKey)
  if (earlier !== undefined)
    return earlier.asked === asked
      ? ok({ MeteringRecordId: earlier.recordId })
      : refusal(
          'IdempotencyConflictException',
          'The ClientToken is being used for multiple requests with other parameters.',
        )

  const recordId = place(draft, task, product, agreementId, request)
  if (!recordId.ok) return recordId
  settleFirstCall(draft, task, product, agreementId)
  if (clientToken !== undefined) {
    state.meterTokens[tokenKey] = { asked, recordId: recordId.value }
    draft.changed = true
  }
  return ok({ MeteringRecordId: recordId.value })
}

/** Onto the bill, or to the record that stands there already. */
function place(
  draft: Draft,
  task: Task,
  product: MarketplaceProduct,
  agreementId: string,
  request: MeterRequest,
): Result<string, ApiRefusal> {
  const { bill } = draft.state
  const hour = Math.floor((request.timestamp * 1000) / HOUR_MS) * HOUR_MS
  const alone = task.launch === 'agentcore' ? `|${request.clientToken}` : ''
  const key = `${task.region}|${task.task}|${product.code}|${request.dimension}|${hour}${alone}`
  const earlier = own(bill, key)
  if (earlier !== undefined)
    return earlier.quantity === request.quantity
      ? ok(earlier.id)
      : refusal(
          'DuplicateRequestException',
          'A metering record has already been emitted by the same task for this dimension and hour with another quantity.',
        )
  const record = billed(draft, task, product, agreementId, request, hour)
  bill[key] = record
  draft.changed = true
  return ok(record.id)
}

function billed(
  draft: Draft,
  task: Task,
  product: MarketplaceProduct,
  agreementId: string,
  request: MeterRequest,
  hour: number,
): BilledRecord {
  const { state, times } = draft
  const isTrial = own(state.agreements, agreementId)?.trial === true
  return {
    id: drawUuid(laterRandom(state)),
    region: task.region,
    agreementId,
    product: product.key,
    account: task.account,
    task: task.task,
    dimension: request.dimension,
    hour,
    timestamp: request.timestamp,
    quantity: request.quantity,
    price: isTrial ? '0' : (product.dimensions.find((d) => d.key === request.dimension)?.price ?? '0'),
    acceptedAt: times.business,
    allocations: request.source['UsageAllocations'] ?? null,
  }
}
