/** The last words of a deployment, and the configuration that wrangler is given. */
import { expect, test } from 'vitest'
import { wranglerConfig } from '../../../commands/deploy/config.ts'
import { keyLines, summaryOf } from '../../../commands/deploy/summary.ts'
import { namesOf } from '../../../commands/deploy/standing.ts'
import { readWorkerConfig } from '../../../commands/start/worker.ts'
import { outputsOf } from '../../support/cloudflare/aws.ts'
import { ROOT } from '../../support/repository.ts'

const outputs = outputsOf({ publicUrl: 'https://buy.example.com', stack: 'prod' })

test('the last words say where it is, how it meters, and what is left to do at DNS', () => {
  const mail = {
    from: 'billing@example.com',
    domain: 'example.com',
    configurationSet: 'mail',
    dnsRecords: [{ name: 'abc._domainkey.example.com', value: 'abc.dkim.amazonses.com' }],
  }
  const said = summaryOf(outputs, { ...outputs.edge, mail }, 'v-1').join('\n')
  expect(said).toContain('Deployed: https://buy.example.com, version v-1, metering dry.')
  expect(said).toContain('nothing is billed')
  // All three commands, of this stack: without the last nothing becomes live.
  expect(said).toContain('`pulumi config set tollgate:metering live --stack prod`, then up and deploy again')
  expect(said).toContain('    abc._domainkey.example.com CNAME abc.dkim.amazonses.com')
  expect(summaryOf({ ...outputs, metering: 'live' }, outputs.edge, 'v-1')).toContain(
    'Usage is sent to AWS and billed.',
  )
  expect(keyLines('tgo_key').at(-1)).toBe('tgo_key')
})

test("a stack's configuration is worker/wrangler.jsonc under its own names, with no route for wrangler to take", () => {
  const config = readWorkerConfig(ROOT)
  if (!config.ok) throw new Error(config.error)
  const parts = {
    names: namesOf('prod'),
    account: 'a',
    databaseId: 'id',
    migrations: '../m',
    vars: { A: 'b' },
  }
  const domain = { kind: 'domain', host: 'buy.example.com', zone: 'z', attached: false } as const
  const made = wranglerConfig({ ...config.value }, { ...parts, address: domain })
  expect(made).toMatchObject({
    name: 'tollgate-prod',
    account_id: 'a',
    main: 'worker.mjs',
    no_bundle: true,
    workers_dev: false,
    preview_urls: false,
    d1_databases: [
      { binding: 'DB', database_name: 'tollgate-prod', database_id: 'id', migrations_dir: '../m' },
    ],
    queues: {
      producers: [{ binding: 'DELIVERIES', queue: 'tollgate-prod-deliveries' }],
      consumers: [{ queue: 'tollgate-prod-deliveries', max_batch_size: 1 }],
    },
    observability: { enabled: true, redact_query_string: true },
    triggers: { crons: ['* * * * *'] },
    vars: { A: 'b' },
  })
  expect(made).not.toHaveProperty('routes')
  expect(wranglerConfig({ ...config.value }, { ...parts, address: { kind: 'workers-dev' } })).toMatchObject({
    workers_dev: true,
  })
})
