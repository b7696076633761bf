/** What every call of a buyer's task must be: of a task, in its own Region, about a container product it is entitled to. Pure. */
import { err, ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import { own } from './draft.ts'
import type { Draft } from './draft.ts'
import { licenseStanding } from './licenses.ts'
import type { Agreement, Caller, MarketplaceProduct, State } from './model.ts'
import type { ApiRefusal } from './shape.ts'
import { refusal } from './shape.ts'
import type { Task } from './task.ts'

/** The task behind a signature. A node's role and lasting keys have none. Source: aws-sdk-cpp#1538, the message as seen. */
export function callingTask(state: State, caller: Caller): Result<Task, ApiRefusal> {
  const task = caller.task === undefined ? undefined : own(state.tasks, caller.task)
  return task === undefined || task.launch === 'node'
    ? refusal(
        'PlatformNotSupportedException',
        'This operation can only be called from within an ECS task or an EKS pod',
      )
    : ok(task)
}

/** A container product of this seller. */
export function productOfCode(state: State, code: string): Result<MarketplaceProduct, ApiRefusal> {
  const product = state.products.find((one) => one.code === code)
  return product?.kind === 'container'
    ? ok(product)
    : refusal('InvalidProductCodeException', `The product code ${code} is not valid.`)
}

/**
 * The agreement a task's usage belongs to. Only the first call of a task asks for one in force; later calls are taken, and
 * charged, whatever became of it. Source: facts §2.9, "exceptions other than throttling are thrown only on the initial call".
 */
export function entitledCall(
  draft: Draft,
  task: Task,
  product: MarketplaceProduct,
): Result<string, ApiRefusal> {
  const known = own(task.initial, product.code)
  if (known !== undefined) return ok(known)
  const agreement = activeAgreement(draft, task.account, product.key)
  if (agreement === undefined)
    return err({
      code: 'CustomerNotEntitledException',
      message: `The account ${task.account} has no valid subscription to the product ${product.code}.`,
    })
  return ok(agreement.id)
}

/** The first call of a task was taken: later ones are under the same agreement. */
export function settleFirstCall(
  draft: Draft,
  task: Task,
  product: MarketplaceProduct,
  agreementId: string,
): void {
  if (own(task.initial, product.code) !== undefined) return
  task.initial[product.code] = agreementId
  draft.changed = true
}

/** The newest agreement of an account for a product whose license is in force. */
export function activeAgreement(
  { state, times }: Draft,
  account: string,
  productKey: string,
): Agreement | undefined {
  return (own(state.accounts, account) ?? [])
    .flatMap((id) => own(state.agreements, id) ?? [])
    .findLast((one) => one.product === productKey && licenseStanding(one, times.business) === 'active')
}
