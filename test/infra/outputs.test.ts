/** What the stack's program says at its end is what `npm run deploy` and `npm run doctor` read. Proves shape, not AWS's own values. */
import pulumi from '@pulumi/pulumi'
import { expect, test } from 'vitest'
import { readOutputs } from '../../commands/deploy/outputs.ts'
import { deployStack } from '../../infra/index.ts'
import { partsOf } from '../../infra/parts.ts'
import { readSettings } from '../../infra/settings.ts'
import config from '../../seller.config.ts'
import { planOf, valueOf } from '../support/plan.ts'
import { stackConfig } from '../support/stack-config.ts'

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
  const all = stackConfig({ publicUrl: 'https://buy.example.com', ...given })
  const settings = readSettings({ stack: 'prod', all }, partsOf(config))
  if (!settings.ok) throw new Error(settings.error.join('\n'))
  let said: unknown
  await planOf(
    async () => {
      said = await valueOf(pulumi.output(deployStack(settings.value, config)))
    },
    { config: all },
  )
  expect(readOutputs(JSON.stringify(said))).toEqual({ ok: true, value: said })
})
