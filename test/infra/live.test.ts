/** One stack of an account meters: what claims it, and what waits for the claim. And nothing is made in another's account. */
import { expect, test } from 'vitest'
import { checkAccount } from '../../infra/account.ts'
import seller from '../../seller.config.ts'
import { planOf, resourceOf } from '../support/plan.ts'
import { planStack } from '../support/stack.ts'

const claims = seller.products.flatMap(({ key, id, kind }) => (kind === 'saas' ? [{ key, id }] : []))

test('each metered product of a live stack is claimed by a parameter that names the stack', async () => {
  const plan = await planStack({ metering: 'live' }, seller, { stack: 'blue' })
  for (const { key, id } of claims) {
    const claim = resourceOf(plan, `live-${key}`)
    expect(claim).toMatchObject({
      type: 'aws:ssm/parameter:Parameter',
      inputs: { name: `/tollgate/${id}/live`, type: 'String', value: 'blue', region: 'us-east-1' },
      // Going dry is a person's decision; then the name is free for the stack that meters.
      protect: true,
      retainOnDelete: false,
    })
    // AWS refuses a name that is taken only to who does not overwrite.
    expect(claim.inputs).not.toHaveProperty('overwrite')
  }
})

test('the right to meter waits for every claim', async () => {
  const { dependsOn } = resourceOf(await planStack({ metering: 'live' }), 'edge-identity-metering')
  expect(dependsOn).toEqual(expect.arrayContaining(claims.map(({ key }) => `live-${key}`)))
})

test('credentials of another account make nothing', async () => {
  const asked = 'aws:index/getCallerIdentity:getCallerIdentity'
  const invokes = { [asked]: () => ({ accountId: '210987654321' }) }
  await expect(planOf(() => checkAccount('123456789012'), { invokes })).rejects.toThrow(
    /^The AWS credentials are of the account 210987654321, and seller\.config\.ts names 123456789012 as the seller's\. Sign in to 123456789012/,
  )
  expect(await planOf(() => checkAccount('210987654321'), { invokes })).toEqual([])
})
