/** What the stack's program says at its end is what `npm run deploy` and `npm run doctor` read. Proves shape, not AWS's own values. */
import { expect, test } from 'vitest'
import { readOutputs } from '../../commands/deploy/outputs.ts'
import { runStack } from '../support/stack.ts'

test.each([
  ['a role, no mail', {}],
  [
    'a user, mail, webhooks, live',
    {
      edgeCredentials: 'user',
      mailFrom: 'billing@example.com',
      webhookUrl: 'https://app.example.com/hooks',
      metering: 'live',
    },
  ],
  [
    'a key that is being rotated',
    { pushKeyVersion: 2, cloudflareAccount: '0123456789abcdef0123456789abcdef' },
  ],
])('the outputs of a stack with %s are read whole', async (_, given) => {
  const { outputs } = await runStack(given)
  expect(readOutputs(JSON.stringify(outputs))).toEqual({ ok: true, value: outputs })
})
