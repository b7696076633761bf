/** What AWS's contracts grant, page by page, against what we know of each: a change whose event never came is repaired. */
import type { Entitlement } from '../../shared/aws/get-entitlements.ts'
import { licenseTail } from '../../shared/license.ts'
import { ok } from '../../shared/result.ts'
import type { EdgeProduct } from '../../shared/seller/views.ts'
import { getEntitlements, getEntitlementsPage } from '../aws/entitlements.ts'
import { readContracts, type ContractRow } from '../db/reconciliations.ts'
import { readEntitled } from '../lifecycle/state.ts'
import { GRACE_MS } from './compare.ts'
import type { Part, Worked } from './part.ts'
import { writeMissed } from './write.ts'

/** One page of all customers' entitlements of a product; `after` is AWS's token. */
export async function reconcileContracts(
  part: Part,
  product: EdgeProduct,
  after: string | null,
): Promise<Worked> {
  const { edge, pacer, tally, now } = part
  const page = await pacer.call(() => getEntitlementsPage(edge.aws, product.code, null, after))
  if (!page.ok) return page
  const { entitlements, nextToken } = page.value
  const tails = entitlements.flatMap(({ licenseArn }) => licenseTail(licenseArn ?? '') ?? [])
  const contracts = await readContracts(edge.settings.db, [...new Set(tails)])
  for (const contract of contracts) {
    tally.compared += 1
    const known = grantsOf(readEntitled(contract)?.entitlements ?? [])
    const listed = entitlements.filter(
      ({ licenseArn }) => licenseTail(licenseArn ?? '') === contract.licenseTail,
    )
    if (grantsOf(listed) === known || now - contract.updatedAt < GRACE_MS) continue
    // The page may hold a part of them only.
    const { licenseArn } = contract
    const answer = await pacer.call(() => getEntitlements(edge.aws, product.code, { licenseArn }))
    if (!answer.ok) return answer
    if (answer.value.length > 0 && grantsOf(answer.value) !== known)
      await writeMissed(part, product, [changeOf(contract, now)])
  }
  return ok(nextToken)
}

/** License Updated, which has the entitlements asked for anew. AWS tells no time of the change: it counts from now. */
const changeOf = ({ agreementId, account, licenseArn, updatedAt }: ContractRow, now: number) =>
  ({ kind: 'updated', agreementId, account, licenseArn, at: now, after: updatedAt }) as const

/** Equal where the same is granted. */
const grantsOf = (entitlements: readonly Entitlement[]): string =>
  entitlements
    .map(({ dimension, value }) => JSON.stringify([dimension, value]))
    .sort((a, b) => (a < b ? -1 : Number(a > b)))
    .join()
