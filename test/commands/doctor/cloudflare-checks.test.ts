/** Every wrong state of the deployment at Cloudflare is named, a stale one above all. */
import { expect, test } from 'vitest'
import { unseen, type Check } from '../../../commands/doctor/check.ts'
import { judgeCloudflare } from '../../../commands/doctor/checks/cloudflare.ts'
import type { CloudflareFacts, RunningFacts } from '../../../commands/doctor/facts/cloudflare.ts'
import { ok } from '../../../shared/result.ts'

const SETTINGS = { PUBLIC_URL: 'https://buy.example.com', METERING: 'live', SOLD: '{"a":{}}' }
const vars: Readonly<Record<string, string>> = {
  ...SETTINGS,
  OPERATOR_KEY_HASH: 'a'.repeat(64),
  DEPLOY_KEY_HASH: 'b'.repeat(64),
}
const running = {
  version: 'v1',
  vars,
  secrets: new Set(['SESSION_SECRET', 'EVENTS_PUSH_KEYS']),
  bindings: new Set(['DB', 'LEDGER', 'SUBMITTER', 'AUDIT', 'IDENTITY', 'DELIVERIES']),
}
const well: CloudflareFacts = {
  running: ok(running),
  crons: ok(['* * * * *']),
  route: ok({ kind: 'domain', worker: 'tollgate-prod' }),
  queue: ok({ consumers: ['tollgate-prod'] }),
  migrations: ok(['0000_first.sql', '0001_second.sql']),
}
const judge = (facts: Partial<CloudflareFacts>, publicUrl = SETTINGS.PUBLIC_URL): Check[] =>
  judgeCloudflare({
    stack: 'prod',
    publicUrl,
    settings: SETTINGS,
    secrets: ['EVENTS_PUSH_KEYS', 'SESSION_SECRET'],
    migrations: ['0000_first.sql', '0001_second.sql'],
    facts: { ...well, ...facts },
  })
const wrongOf = (checks: readonly Check[]): string[] =>
  checks
    .filter(({ state }) => state === 'wrong')
    .map(({ name, found, remedy }) => `${name}: ${found} → ${remedy?.what ?? ''}`)
const as = (more: Partial<RunningFacts>): Partial<CloudflareFacts> => ({
  running: ok({ ...running, ...more }),
})

test('a deployment that is whole and no older than the stack is well', () => {
  expect(judge({}).map(({ name, state }) => `${name} ${state}`)).toEqual([
    'Worker ok',
    'bindings ok',
    'secrets ok',
    'settings ok',
    'cron ok',
    'route ok',
    'deliveries queue ok',
    'database ok',
  ])
})

const WRONG: readonly (readonly [string, Partial<CloudflareFacts>, RegExp])[] = [
  ['no Worker', { running: ok(null) }, /there is no Worker tollgate-prod → `npm run deploy -- --stack prod`/],
  [
    'no binding',
    as({ bindings: new Set(['DB', 'LEDGER']) }),
    /has no SUBMITTER, AUDIT, IDENTITY, DELIVERIES/,
  ],
  [
    'another database',
    { ...as({ boundTo: 'd-old' }), databaseId: 'd-new' },
    /bindings: the Worker writes to the D1 database d-old, and tollgate-prod is d-new →/,
  ],
  [
    'two versions at once',
    as({ beside: ['v0'] }),
    /Worker: version v1 takes a part .* beside v0 → one version/,
  ],
  [
    'another AWS',
    as({ vars: { ...vars, AWS_ENDPOINT: 'https://aws.example' } }),
    /settings: .*AWS_ENDPOINT is https:\/\/aws\.example and shall not be set →/,
  ],
  ['no operator key', as({ vars: { ...SETTINGS } }), /operator key: there is none/],
  ['no secret', as({ secrets: new Set(['SESSION_SECRET']) }), /secrets: not set: EVENTS_PUSH_KEYS/],
  [
    'an output changed since',
    as({ vars: { ...vars, METERING: 'dry' } }),
    /the outputs have changed since the last deployment: METERING is dry and shall be live →/,
  ],
  [
    'an output that is no more',
    as({ vars: { ...vars, WEBHOOK_URL: 'https://x.example' } }),
    /changed since the last deployment: WEBHOOK_URL →/,
  ],
  ['other products since', as({ vars: { ...vars, SOLD: '{}' } }), /: what seller\.config\.ts sells by use →/],
  ['no cron', { crons: ok([]) }, /cron: none: hours are frozen/],
  ['another cron', { crons: ok(['0 * * * *']) }, /cron: 0 \* \* \* \*/],
  ['no domain', { route: ok({ kind: 'domain', worker: null }) }, /is no Worker’s domain/],
  ['another’s domain', { route: ok({ kind: 'domain', worker: 'shop' }) }, /the domain of the Worker shop/],
  ['no queue', { queue: ok(null) }, /there is no queue tollgate-prod-deliveries/],
  ['no consumer', { queue: ok({ consumers: [] }) }, /consumed by nobody, not by tollgate-prod/],
  ['no database', { migrations: ok(null) }, /there is no D1 database tollgate-prod/],
  ['a migration pending', { migrations: ok(['0000_first.sql']) }, /not applied: 0001_second\.sql/],
  [
    'an older checkout',
    { migrations: ok(['0000_first.sql', '0001_second.sql', '0002_third.sql']) },
    /has migrations that this checkout does not: 0002_third\.sql → bring the checkout/,
  ],
]

test.each(WRONG)('at Cloudflare is seen: %s', (_, facts, text) => {
  expect(wrongOf(judge(facts))).toEqual([expect.stringMatching(text)])
})

test.each([
  ['https://tollgate-prod.acme.workers.dev', true, []],
  ['https://tollgate-prod.acme.workers.dev', false, [/workers\.dev name of tollgate-prod is switched off/]],
  ['https://shop.acme.workers.dev', true, [/is not the workers\.dev name of tollgate-prod/]],
])('on %s with its subdomain %s', (publicUrl, enabled, wrong) => {
  const checks = judge({ route: ok({ kind: 'workers.dev', enabled }) }, publicUrl)
  expect(wrongOf(checks)).toEqual(wrong.map((text) => expect.stringMatching(text)))
})

test('each part that the token may not read is said alone', () => {
  const gone = unseen('CLOUDFLARE_API_TOKEN may not read the queue', 'add the right')
  expect(judge({ queue: gone }).filter(({ state }) => state === 'unseen')).toEqual([
    {
      area: 'cloudflare',
      name: 'deliveries queue',
      state: 'unseen',
      found: 'CLOUDFLARE_API_TOKEN may not read the queue',
      remedy: { whose: 'yours', what: 'add the right' },
    },
  ])
})
