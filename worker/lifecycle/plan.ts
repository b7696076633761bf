/** PUT /v1/subscriptions/{id}/plan: the seller's application sets the plan of a subscription (money §4 *Plan*). */
import { err, ok, type Result } from '../../shared/result.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import { readJson } from '../../shared/usage/json.ts'
import { findSubscription, type Shown } from '../db/subscriptions.ts'
import { note } from '../audit/audited.ts'
import type { Edge } from '../env.ts'
import { logLine, messageOf } from '../log.ts'
import { deliverOrders } from '../metering/orders.ts'
import { problemResponse, type Problem } from '../problem.ts'
import { needsEntitlement } from './entitled.ts'
import { refreshSubscription } from './refresh.ts'
import type { Detail } from './state.ts'

const BODY_MAX_BYTES = 1_000

/** What is set, and from when on; null: it has been in force from the beginning. */
interface PlanSet {
  readonly id: SubscriptionId
  readonly plan: string
  readonly validFrom: string | null
}

/** Sets the plan of a subscription the caller may see. Answers once D1 holds it and the order that tells the Ledger. `who`: the id of the API key, for the audit log. */
export async function setPlan(
  edge: Edge,
  id: SubscriptionId,
  row: Shown,
  request: Request,
  who: string,
): Promise<Response> {
  const plan = await readPlan(request)
  if (!plan.ok) return problemResponse(plan.error)
  const allowed = mayHave(edge, row, plan.value)
  if (!allowed.ok) return problemResponse(allowed.error)
  if (row.plan !== plan.value) {
    const detail = { from: row.plan, to: plan.value }
    const noted = await note(edge, { kind: 'set plan', who, why: 'by the API', subject: id, detail })
    if (!noted.ok) return problemResponse(noted.error)
  }

  if (await refreshSubscription(edge, id, plan.value)) {
    try {
      await deliverOrders(edge, id)
    } catch (thrown) {
      // It is in D1's outbox: the next minute delivers it.
      logLine('warn', 'order_waits', { subscription: id, error: messageOf(thrown) })
    }
  }
  const stored = await findSubscription(edge.settings.db, id)
  const { plans } = JSON.parse(stored?.detail ?? '{}') as Partial<Detail>
  const from = plans?.at(-1)?.fromHour ?? 0
  const answer: PlanSet = {
    id,
    plan: plan.value,
    validFrom: from === 0 ? null : new Date(from).toISOString(),
  }
  return Response.json(answer, { headers: { 'cache-control': 'no-store' } })
}

/** True for a product sold by subscription whose seller has this plan, while the subscription lasts. */
function mayHave(edge: Edge, row: Shown, plan: string): Result<true, Problem> {
  const product = edge.seller.products.find((one) => one.key === row.product)
  if (product !== undefined && needsEntitlement(product)) {
    return err({
      code: 'plan-by-contract',
      detail: `The plan of ${row.product} is what its buyer is entitled to by contract, so it cannot be set here. The buyer changes the agreement in AWS Marketplace.`,
    })
  }
  const plans = edge.seller.plans.map(({ key }) => key)
  if (!plans.includes(plan)) {
    return err({
      code: 'unknown-plan',
      detail: `There is no plan of that name. The plans are: ${plans.join(', ')}. Correct the name and send it again.`,
    })
  }
  if (row.state === 'ended') {
    return err({ code: 'ended', detail: 'The subscription has ended, so its plan cannot change any more.' })
  }
  return ok(true)
}

async function readPlan(request: Request): Promise<Result<string, Problem>> {
  const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/json') {
    return err({ code: 'wrong-content-type', detail: 'Send Content-Type: application/json.' })
  }
  const bytes = await readShort(request)
  if (bytes === undefined) {
    return err({ code: 'too-large', detail: `The body has more than ${BODY_MAX_BYTES} bytes. ${FORM}` })
  }
  const json = readJson(bytes)
  if (!json.ok) return err({ code: json.error.code, detail: json.error.message })
  const { value } = json
  const fields = typeof value === 'object' && value !== null ? Object.entries(value) : []
  const [[name, plan] = [], ...others] = fields
  return name === 'plan' && typeof plan === 'string' && others.length === 0
    ? ok(plan)
    : err({ code: 'bad-plan', detail: `The body names no plan. ${FORM}` })
}

const FORM = 'Send { "plan": "…" } and nothing else.'

/** The body, or undefined when it is longer than any plan's name asks for; the rest is not read then. */
async function readShort(request: Request): Promise<Uint8Array | undefined> {
  let bytes = new Uint8Array()
  if (request.body === null) return bytes
  for await (const part of request.body) {
    if (bytes.length + part.length > BODY_MAX_BYTES) return undefined
    bytes = Uint8Array.from([...bytes, ...part])
  }
  return bytes
}
