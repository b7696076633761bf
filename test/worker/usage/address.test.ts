/** Odd addresses, methods and hosts (G.3 rows 54 and 55): a 4xx, nothing repeated, nothing stored. */
import { env } from 'cloudflare:workers'
import { listDurableObjectIds, reset } from 'cloudflare:test'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createApp } from '../../../worker/app.ts'
import { clockAt, edgeAt, migrate } from '../support.ts'
import { NOW, openDoor, ORIGIN } from './support.ts'

beforeEach(migrate)
afterEach(reset)

const paths = [
  '/v1/usage/../../etc/passwd',
  '/v1/%2e%2e/%2e%2e/etc/passwd',
  '/v1/..%2fusage',
  '/v1//usage',
  '//v1/usage',
  '/v1/usage/',
  '/v1/usage%00',
  '/v1/usage%00.json',
  '/V1/USAGE',
  '/v1/usage;x=1',
  '/v1/subscriptions/..%2f..%2fusage/records',
  '/v1/subscriptions/%00/records',
  '/v1/subscriptions/%E0%A4%A/records',
  '/v1/subscriptions//records',
  "/v1/subscriptions/sub_' OR 1=1 --/records",
  '/v1/subscriptions/__proto__/records',
  '/v1/subscriptions/<script>alert(1)</script>/records',
  '/.env',
  '/.git/config',
]

test.each(paths)('G.3 row 54: %s is not found, by GET and by POST, and is not repeated', async (path) => {
  const door = await openDoor()
  const before = await listDurableObjectIds(env.LEDGER)
  for (const method of ['GET', 'POST']) {
    const response = await door.fetch(path, { method, headers: { authorization: `Bearer ${door.key}` } })
    const text = await response.text()
    expect([404, 405]).toContain(response.status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(text).not.toMatch(/passwd|<|OR 1=1|__/)
  }
  expect((await listDurableObjectIds(env.LEDGER)).map(String)).toEqual(before.map(String))
})

test.each([
  ['in the path', `/v1/${'a'.repeat(17_000)}`],
  ['in the query', `/v1/records?after=${'a'.repeat(17_000)}`],
  ['in an id', `/v1/subscriptions/${'%41'.repeat(6_000)}/records`],
])('G.3 row 54: an address of 17 kB is refused before anything reads it: %s', async (_name, path) => {
  const door = await openDoor()
  const response = await door.fetch(path, { headers: { authorization: `Bearer ${door.key}` } })
  expect(response.status).toBe(414)
  expect(await response.json()).toMatchObject({ code: 'uri-too-long' })
})

// CONNECT and TRACK never reach a Worker: the runtime knows no such request.
test.each(['TRACE', 'PROPFIND', 'DELETE', 'get'])(
  'G.3 row 54: the method %s is refused and repeats no header',
  async (method) => {
    const app = createApp(edgeAt(clockAt(NOW)))
    const request = new Request(`${ORIGIN}/v1/usage`, { method, headers: { 'x-secret': 'canary' } })
    const response = await app.fetch(request)
    expect(response.status).toBe(405)
    expect(await response.text()).not.toContain('canary')
  },
)

test.each([
  ['host', 'evil.example'],
  ['x-forwarded-host', 'evil.example'],
  ['forwarded', 'host=evil.example'],
  ['x-original-url', '/evil.example'],
])('G.3 row 55: %s from outside changes no answer and is not repeated', async (name, value) => {
  const door = await openDoor()
  const plain = await door.fetch('/v1/records')
  const spoofed = await door.fetch('/v1/records', { headers: { [name]: value } })
  expect(spoofed.status).toBe(plain.status)
  expect(await spoofed.text()).toBe(await plain.text())
  expect(JSON.stringify([...spoofed.headers])).not.toContain('evil')
})

test('G.3 row 55: over http only this machine is answered, whatever the Host says', async () => {
  const app = createApp(edgeAt(clockAt(NOW)))
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '169.254.169.254',
  ]) {
    const response = await app.fetch(new Request(`http://${host}/v1/usage`, { method: 'POST' }))
    expect([host, response.status]).toEqual([host, 403])
  }
  expect((await app.fetch(new Request('http://localhost/v1/usage', { method: 'POST' }))).status).toBe(401)
})
