/** A new version that is not well: how that is seen, what is said, and that the version before serves again. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Answers } from '../../support/cloudflare/wire-host.ts'
import { runningOf } from '../../support/cloudflare/state.ts'
import { type Deployment, openDeployment } from '../../support/deployment.ts'

let one: Deployment
let before: string | undefined

/** A version runs and is well. */
beforeEach(async () => {
  one = await openDeployment()
  before = (await one.run()).version
})
afterEach(() => one.close())

/** Only versions after the first answer so; OWN stands for the version's id. */
const later =
  (path: string, answer: ReturnType<Answers>): Answers =>
  (asked, version) =>
    asked === path && version.id !== before
      ? (JSON.parse(JSON.stringify(answer).replaceAll('OWN', version.id)) as ReturnType<Answers>)
      : undefined

test.each<[what: string, path: string, answer: ReturnType<Answers>, words: RegExp]>([
  [
    'Access stands before it',
    '/health',
    { status: 302, headers: { location: 'https://acme.cloudflareaccess.com/x' }, body: '' },
    /did not become healthy: \S+\/health is answered by the sign-in of Cloudflare Access\. Yours: in Zero Trust/,
  ],
  [
    'it is challenged',
    '/health',
    { status: 403, headers: { 'cf-mitigated': 'challenge' }, body: '<title>Just a moment...</title>' },
    /is answered by a challenge \(Bot Fight Mode/,
  ],
  [
    'it does not start',
    '/health',
    { status: 503, body: { detail: 'The Worker is not configured' } },
    /\/health answers 503: .*The Worker is not configured.* \(for 120 s\)/,
  ],
  [
    'another version answers',
    '/health',
    { status: 200, body: { status: 'ok', metering: 'dry', version: 'older' } },
    /is answered by version older, not by /,
  ],
  [
    'its database does not answer',
    '/health',
    { status: 200, body: { status: 'failing', version: 'OWN' } },
    /\/health says "failing" of version \S+: its database does not answer/,
  ],
  [
    'its issuer is another name',
    '/.well-known/openid-configuration',
    { status: 200, body: { issuer: 'https://buy.example.com/' } },
    /names the issuer https:\/\/buy\.example\.com\/, and AWS trusts http:\S+ to the letter/,
  ],
  ['it has no key', '/.well-known/jwks.json', { status: 200, body: { keys: [] } }, /jwks\.json has no key/],
  ['its landing page fails', '/', { status: 500, body: '<p>Sorry</p>' }, /\/ answers 500: Sorry/],
  [
    'AWS refuses it',
    '/v1/operator/check',
    { status: 200, body: { checks: [{ name: 'aws', ok: false, detail: 'STS said AccessDenied' }] } },
    /is healthy and does not do its work: aws fails: STS said AccessDenied/,
  ],
  [
    'AWS does not take its token for a minute',
    '/v1/operator/check',
    { status: 200, body: { checks: [{ name: 'aws', ok: false, detail: 'InvalidIdentityToken' }] } },
    /aws fails: InvalidIdentityToken/,
  ],
  [
    'it meters otherwise than the stack says',
    '/v1/operator/check',
    { status: 200, body: { checks: [{ name: 'metering', ok: true, detail: 'live' }] } },
    /metering says live where this deploy expects dry/,
  ],
  [
    'the checkout is older than what was deployed',
    '/v1/operator/check',
    { status: 200, body: { checks: [{ name: 'database', ok: true, detail: '9999_later.sql' }] } },
    /database says 9999_later\.sql where this deploy expects \S+: this checkout is older .*`git pull`/,
  ],
])('the version before takes its place when %s', async (_, path, answer, words) => {
  one.host.answers = later(path, answer)
  const { failed } = await one.run()
  expect(failed?.sentence).toMatch(words)
  expect(failed?.sentence).toContain(
    `Version ${before}, the one before, takes requests again and says that it is well.`,
  )
  expect(failed?.exit).toBe(5)
  expect(runningOf(one.cloudflare.state)?.id).toBe(before)
})

test('a token that AWS takes within the minute is waited for, in steps', async () => {
  let asked = 0
  one.host.answers = (path, version) =>
    path === '/v1/operator/check' && version.id !== before && ++asked < 8
      ? { status: 200, body: { checks: [{ name: 'aws', ok: false, detail: 'InvalidIdentityToken' }] } }
      : undefined
  const began = one.passed()
  expect((await one.run()).failed).toBeUndefined()
  expect([asked, one.passed() - began]).toEqual([8, 35_000])
})

test('a first version that is not well stays, shows its operator key, and says that there is none before it', async () => {
  const first = await openDeployment()
  first.host.answers = (path) => (path === '/health' ? { status: 500, body: '' } : undefined)
  const { failed, operatorKey } = await first.run()
  await first.close()
  expect(failed?.sentence).toMatch(
    /\(for 300 s\)\. This was the first deploy, so there is no version to go back to/,
  )
  expect([failed?.exit, operatorKey]).toEqual([6, expect.stringMatching(/^tgo_/)])
})

test('an operator key that its version took with it is not shown, and that is said', async () => {
  one.host.answers = later('/health', { status: 500, body: '' })
  const { failed, operatorKey } = await one.run({ given: { newOperatorKey: true } })
  expect(failed?.sentence).toMatch(
    /The operator key is the one from before: the new one ended with its version\.$/,
  )
  expect(operatorKey).toBeUndefined()
})

test('where going back is refused too, the command that does it by hand is named', async () => {
  one.host.answers = later('/health', { status: 500, body: '' })
  one.cloudflare.fail({
    method: 'POST',
    path: /\/deployments\?force=true$/,
    how: { status: 403, code: 10_000, message: 'Authentication error' },
  })
  const { failed } = await one.run()
  expect(failed?.exit).toBe(6)
  expect(failed?.sentence).toContain(`By hand: \`npx wrangler rollback ${before} --name tollgate-prod\`.`)
  expect(runningOf(one.cloudflare.state)?.id).not.toBe(before)
})

test('a version before that is not well either is said to be so', async () => {
  one.host.answers = (path) => (path === '/health' ? { status: 500, body: '' } : undefined)
  const { failed } = await one.run()
  expect(failed?.exit).toBe(6)
  expect(failed?.sentence).toMatch(
    /was given all requests again, and is not seen to be well: .* answers 500 \(for 60 s\)/,
  )
})

test('migrations that were applied stay, and the words say which', async () => {
  one.host.database.exec("DELETE FROM d1_migrations WHERE name = '0001_open_records_pages.sql'")
  one.host.database.exec('DROP INDEX open_records_hour; DROP INDEX open_records_state')
  one.host.database.exec('CREATE INDEX open_records_state ON open_records (state)')
  one.host.answers = later('/health', { status: 500, body: '' })
  expect((await one.run()).failed?.sentence).toContain(
    'What stays: 0001_open_records_pages.sql in the database; migrations only add, so the version before works with them.',
  )
})

test('a version that somebody else deployed meanwhile is left in its place', async () => {
  const { state } = one.cloudflare
  one.host.answers = (path, version) => {
    if (path !== '/health' || version.id === before) return undefined
    // It comes while this one is waited for.
    if (state.versions.length === 2) {
      const other = { ...version, id: 'ffffffff-0000-0000-0000-000000000000' }
      state.versions.push(other)
      state.deployments.unshift(other.id)
    }
    return { status: 500, body: '' }
  }
  const { failed } = await one.run()
  expect(failed?.sentence).toContain('somebody else deployed version ffffffff-0000-0000-0000-000000000000')
  expect(runningOf(state)?.id).toBe('ffffffff-0000-0000-0000-000000000000')
})
