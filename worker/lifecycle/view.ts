/** A subscription as the seller's application sees it: in the API and in what it is told. Pure; no personal data. */
import type { Impersonal } from '../../shared/deliveries.ts'
import type { EdgeView } from '../../shared/seller/views.ts'
import type { Shown } from '../db/subscriptions.ts'
import { readDetail } from './state.ts'

/** The plan in force: what was bought or set, else the product's default; null: the product is sold without plans. */
export const planOf = ({ product, plan }: Pick<Shown, 'product' | 'plan'>, seller: EdgeView): string | null =>
  plan ?? seller.products.find(({ key }) => key === product)?.defaultPlan ?? null

/** Times are ISO 8601; `access` is what an application asks before it serves somebody. */
export function subscriptionView(row: Shown, seller: EdgeView): { readonly [name: string]: Impersonal } {
  const detail = readDetail(row)
  const { trial = null, access } = detail ?? {}
  return {
    id: row.id,
    product: row.product,
    productCode: row.productCode,
    account: row.account,
    licenseArn: row.licenseArn,
    agreementId: row.agreementId,
    state: row.state,
    access: access?.granted ?? false,
    why: access?.why ?? 'setting-up',
    plan: planOf(row, seller),
    workspace: row.workspace,
    nextPlan: detail?.nextPlan ?? null,
    trial:
      trial === null
        ? null
        : { endsAt: iso(trial.endsAt), graceUntil: iso(trial.graceUntil), converted: trial.converted },
    advisory: detail?.advisory ?? null,
    predecessor: detail?.predecessor ?? null,
    successor: detail?.successor ?? null,
    activatedAt: iso(detail?.activation),
    endedAt: iso(detail?.end?.at),
    createdAt: iso(row.createdMs),
  }
}

const iso = (ms: number | null | undefined): string | null =>
  typeof ms === 'number' ? new Date(ms).toISOString() : null
