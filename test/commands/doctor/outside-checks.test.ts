/** What answers in the Worker's place is named by its marks, and each wrong answer of the Worker itself. */
import { expect, test } from 'vitest'
import type { Check } from '../../../commands/doctor/check.ts'
import type { OutsideCase } from '../../../commands/doctor/checks/answer.ts'
import { judgeOutside } from '../../../commands/doctor/checks/outside.ts'
import type { Answered, NoAnswer, OutsideFacts, Probe } from '../../../commands/doctor/facts/outside.ts'
import { err, ok } from '../../../shared/result.ts'

const ISSUER = 'https://buy.example.com'

const answer = (more: Partial<Answered>): Probe =>
  ok({ status: 200, headers: {}, body: '', aheadMs: 0, ...more })
const json = (body: object, more: Partial<Answered> = {}): Probe =>
  answer({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), ...more })
const page = (status: number, body = '<!doctype html><title>Sorry</title>'): Probe =>
  answer({ status, headers: { 'content-type': 'text/html; charset=utf-8' }, body })

const DOCUMENT = { issuer: ISSUER, jwks_uri: `${ISSUER}/.well-known/jwks.json` }
const KEY = { kty: 'RSA', kid: '1', n: 'abc', e: 'AQAB', alg: 'RS256', use: 'sig' }
const well: OutsideFacts = {
  discovery: json(DOCUMENT),
  keys: json({ keys: [KEY] }),
  health: json({ status: 'ok', metering: 'live', version: 'v1' }),
  landing: page(200),
  bare: page(400),
  garbled: page(400),
}
const judge = (facts: Partial<OutsideFacts>, more: Partial<OutsideCase> = {}): Check[] =>
  judgeOutside({
    stack: 'prod',
    publicUrl: ISSUER,
    metering: 'live',
    landing: 'hosted',
    facts: { ...well, ...facts },
    ...more,
  })
const wrongOf = (checks: readonly Check[]): string[] =>
  checks
    .filter(({ state }) => state === 'wrong')
    .map(({ name, found, remedy }) => `${name}: ${found} → ${remedy?.what ?? ''}`)

test('a Worker that is well has a line for each thing it is asked', () => {
  expect(judge({}).map(({ name, state }) => `${name} ${state}`)).toEqual([
    'discovery document ok',
    'signing keys ok',
    'health ok',
    'clock ok',
    'landing page ok',
    'landing page: POST with no token ok',
    'landing page: POST with a garbled token ok',
  ])
})

test('a seller with a landing page of his own is not asked for ours', () => {
  const nothing = { landing: page(404), bare: page(404), garbled: page(404) }
  expect(wrongOf(judge(nothing, { landing: 'own' }))).toEqual([])
})

const access = answer({
  status: 302,
  headers: { location: 'https://acme.cloudflareaccess.com/cdn-cgi/access/login/buy.example.com' },
})
const challenge = answer({ status: 403, headers: { 'cf-mitigated': 'challenge' }, body: 'Just a moment...' })

test.each([
  [
    'Access',
    { discovery: access },
    /discovery document: .* Cloudflare Access → in Zero Trust.*\/console only/,
  ],
  ['Access before the keys', { keys: access }, /signing keys: .*Cloudflare Access/],
  ['a challenge', { discovery: challenge }, /a challenge \(Bot Fight Mode.* → in the zone, Security/],
  ['a challenge to buyers', { bare: challenge }, /POST with no token: .*a challenge/],
  ['a page of nobody’s', { discovery: page(522) }, /answers 522 text\/html/],
  [
    'another issuer',
    { discovery: json({ ...DOCUMENT, issuer: `${ISSUER}/` }) },
    /names the issuer https:\/\/buy\.example\.com\/; AWS trusts https:\/\/buy\.example\.com,/,
  ],
  [
    'keys elsewhere',
    { discovery: json({ ...DOCUMENT, jwks_uri: 'https://x.example' }) },
    /names its keys at https:\/\/x\.example/,
  ],
  [
    'text for JSON',
    { discovery: answer({ headers: { 'content-type': 'text/plain' }, body: JSON.stringify(DOCUMENT) }) },
    /answers 200 text\/plain/,
  ],
  ['no key', { keys: json({ keys: [] }) }, /has no RSA key/],
  ['a private key', { keys: json({ keys: [{ ...KEY, d: 'CANARY' }] }) }, /a private key is public/],
  ['no settings', { health: json({ code: 'not-configured' }, { status: 503 }) }, /is not configured/],
  ['no database', { health: json({ status: 'failing', metering: 'live' }) }, /its database does not answer/],
  [
    'a deployment older than the stack',
    { health: json({ status: 'ok', metering: 'dry' }) },
    /metering dry, the stack says live/,
  ],
  [
    'a version that names no mode',
    { health: json({ status: 'ok' }) },
    /metering unknown, the stack says live/,
  ],
  ['a clock ahead', { discovery: json(DOCUMENT, { aheadMs: 301_000 }) }, /clock is 301 s ahead of/],
  ['a clock behind', { discovery: json(DOCUMENT, { aheadMs: -61_000 }) }, /clock is 61 s behind/],
  ['no landing page', { landing: page(404) }, /landing page: .*answers 404/],
  ['no POST', { bare: page(405) }, /the page takes no POST, which fails AWS’s review/],
  [
    'a stack trace',
    { garbled: page(400, '<pre>Error\n    at f (worker.js:1:22)') },
    /a garbled token: answers with a stack trace/,
  ],
  ['an error', { bare: page(500) }, /POST with no token: .*answers 500/],
] as const)('from outside is seen: %s', (_, facts, text) => {
  expect(wrongOf(judge(facts))).toEqual([expect.stringMatching(text)])
})

test.each([
  [
    { kind: 'dns', code: 'ENOTFOUND' },
    /buy\.example\.com is not in the DNS \(ENOTFOUND\) → attach the domain/,
  ],
  [{ kind: 'tls', code: 'CERT_HAS_EXPIRED' }, /a certificate that is not taken \(CERT_HAS_EXPIRED\)/],
  [{ kind: 'refused', code: 'ECONNREFUSED' }, /does not answer \(ECONNREFUSED\)/],
  [{ kind: 'timeout', code: 'TimeoutError' }, /does not answer \(TimeoutError\)/],
] as const)('silence is one line that says why: %o', (silence: NoAnswer, text) => {
  const none = err(silence)
  const facts = { discovery: none, keys: none, health: none, landing: none, bare: none, garbled: none }
  expect(judge(facts).map(({ name, state }) => `${name} ${state}`)).toEqual(['reachable wrong'])
  expect(wrongOf(judge(facts))).toEqual([expect.stringMatching(text)])
})
