/** Which parts of AWS the products need: exactly by their kind, pricing, metered dimensions, trial and integration. */
import { expect, test } from 'vitest'
import { partsOf } from '../../infra/parts.ts'
import { another, container, saas } from '../support/stack.ts'

const keys = (products: readonly { readonly key: string }[]) => products.map(({ key }) => key)

test('a subscription is metered, a contract is asked for, a contract with consumption is both', () => {
  const of = (...products: Parameters<typeof saas>[0][]) => {
    const { metered, entitlements } = partsOf({ products: products.map((pricing) => saas(pricing)) })
    return [keys(metered), entitlements]
  }
  expect(of('subscription')).toEqual([['subscription'], false])
  expect(of('contract')).toEqual([[], true])
  expect(of('contract-with-consumption')).toEqual([['contract'], true])
  expect(of('contract', 'subscription')).toEqual([['subscription'], true])
})

test('a subscription none of whose dimensions is metered is not', () => {
  const { dimensions } = saas('subscription')
  const products = [
    saas('subscription', { dimensions: dimensions.map((one) => ({ ...one, metered: false })) }),
  ]
  expect(partsOf({ products }).metered).toEqual([])
})

test('a container’s usage is its own affair: it asks for nothing of the edge, whatever its pricing', () => {
  const products = [container('custom-metering'), another(container('contract'), 'second')]
  const parts = partsOf({ products })
  expect(keys(parts.containers)).toEqual(['container', 'second'])
  expect(parts).toMatchObject({ saas: [], metered: [], entitlements: false, trials: false, legacyTopics: [] })
})

test('a product that is legacy, or was until it switches, is heard of by the topics of its code', () => {
  const topic = (kind: string, code: string) =>
    `arn:aws:sns:us-east-1:287250355862:aws-mp-${kind}-notification-${code}`
  const contract = saas('contract', { integration: { switchAt: '2027-01-01T00:00:00Z' } })
  const subscription = saas('subscription', { integration: 'legacy' })
  expect(
    partsOf({ products: [contract, subscription, another(saas('subscription'), 'second')] }).legacyTopics,
  ).toEqual([
    {
      product: 'contract',
      arns: [topic('subscription', contract.code), topic('entitlement', contract.code)],
    },
    { product: 'subscription', arns: [topic('subscription', subscription.code)] },
  ])
})

test('conversion is watched where a trial is offered', () => {
  const { trial: _trial, ...none } = saas('subscription')
  expect(partsOf({ products: [saas('contract'), none] }).trials).toBe(true)
  expect(partsOf({ products: [none] }).trials).toBe(false)
})
