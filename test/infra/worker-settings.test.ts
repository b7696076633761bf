/** From the stack's config to the Worker: what `up` says and `deploy` sets, the Worker takes. Of made-up values of AWS's shape. */
import { expect, test } from 'vitest'
import { settingsOf } from '../../commands/deploy/settings.ts'
import { readOutputs } from '../../commands/deploy/outputs.ts'
import { soldOf } from '../../commands/deploy/sold.ts'
import config from '../../seller.config.ts'
import type { StackOutputs } from '../../shared/stack.ts'
import { readSettings } from '../../worker/env.ts'
import { resourceOf, documentIn } from '../support/plan.ts'
import { runStack } from '../support/stack.ts'
import type { Given } from '../support/stack-config.ts'

const BINDINGS = { DB: {}, LEDGER: {}, SUBMITTER: {}, AUDIT: {}, IDENTITY: {} }
const MADE = {
  deployKeyHash: 'a'.repeat(64),
  operatorKeyHash: 'b'.repeat(64),
  sessionSecret: Buffer.alloc(32).toString('base64'),
}

async function deployed(given: Given, sold = config) {
  const { planned, outputs } = await runStack({ publicUrl: 'https://buy.example.com', ...given }, sold)
  const read = readOutputs(JSON.stringify(outputs))
  if (!read.ok) throw new Error(read.error.join('\n'))
  return { plan: planned, worker: workerOf(read.value) }
}

function workerOf(outputs: StackOutputs) {
  if (outputs.edge === null) throw new Error('There is no Worker')
  const { vars, secrets } = settingsOf(outputs, outputs.edge, soldOf(config), MADE, undefined)
  return readSettings({ ...BINDINGS, ...vars, ...secrets } as never)
}

const legacy = {
  ...config,
  products: config.products.map((product) => ({ ...product, integration: 'legacy' as const })),
}

test.each([
  ['a role', {}, config],
  [
    'a user, mail and webhooks, live',
    {
      edgeCredentials: 'user',
      metering: 'live',
      webhookUrl: 'https://app.example.com/hooks',
      mailFrom: 'Skillsmith <billing@example.com>',
    },
    config,
  ],
  ['a key that is being rotated, and topics of legacy products', { pushKeyVersion: 3 }, legacy],
])('the Worker takes the settings of a stack with %s', async (_, given, sold) => {
  const { worker } = await deployed(given, sold)
  expect(worker).toMatchObject({ ok: true })
})

test('the Worker says of itself what the role trusts, and has one key more than EventBridge sends', async () => {
  const { plan, worker } = await deployed({ pushKeyVersion: 2 })
  if (!worker.ok || !('role' in worker.value.aws)) throw new Error('The Worker has no role')
  const { issuer, subject } = worker.value.aws.role
  const trust = documentIn(resourceOf(plan, 'edge-identity-role'), 'assumeRolePolicy').Statement[0]

  expect(resourceOf(plan, 'edge-identity-provider').inputs['url']).toBe(issuer)
  expect(trust?.Condition?.['StringEquals']).toEqual({
    [`${new URL(issuer).host}:aud`]: 'sts.amazonaws.com',
    [`${new URL(issuer).host}:sub`]: subject,
  })
  expect(worker.value.eventsPushKeys).toEqual([
    'notifications-push-key-2-result',
    'notifications-push-key-1-result',
  ])
  expect(resourceOf(plan, 'notifications-push-connection').inputs['authParameters']).toEqual({
    apiKey: { key: 'x-api-key', value: worker.value.eventsPushKeys?.[0] },
  })
})
