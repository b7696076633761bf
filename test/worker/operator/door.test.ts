/** Who may use the operator's routes, and what everybody else is told. */
import { afterEach, expect, test, vi } from 'vitest'
import { mintKey } from '../../../shared/usage/key.ts'
import { closeOperator, KEY, openOperator } from './stage.ts'

afterEach(closeOperator)

const ROUTES = [
  ['GET', '/subscriptions'],
  ['GET', '/subscriptions/sub_0000000000000000000001'],
  ['GET', '/subscriptions/sub_0000000000000000000001/usage'],
  ['GET', '/subscriptions/sub_0000000000000000000001/records'],
  ['GET', '/audit'],
  ['GET', '/backlog'],
  ['POST', '/run'],
  ['POST', '/run/ledgers'],
  ['GET', '/nowhere'],
] as const

test.each(ROUTES)('%s %s answers nobody without the key', async (method, path) => {
  const { fetch } = await openOperator()
  const response = await fetch(path, { method })
  expect([response.status, await response.json()]).toMatchObject([
    401,
    { code: 'unauthorized', detail: expect.stringContaining('Bearer tgo_') },
  ])
  expect(response.headers.get('www-authenticate')).toBe('Bearer realm="tollgate"')
})

test('a wrong key, an API key and a mangled header are refused, each with what to send instead', async () => {
  const { fetch } = await openOperator()
  const { text } = await mintKey(new Uint8Array(32))
  const said = new Map<string, string>()
  for (const authorization of [
    `Bearer ${KEY.slice(0, -1)}B`,
    `Bearer ${KEY}A`,
    `Bearer ${KEY.toLowerCase()}`,
    `Basic ${KEY}`,
    KEY,
    `Bearer ${text}`,
  ]) {
    const response = await fetch('/subscriptions', { headers: { authorization } })
    expect(response.status).toBe(401)
    said.set(authorization, (await response.json<{ detail: string }>()).detail)
  }
  expect(said.get(`Bearer ${text}`)).toMatch(/API key of an application/)
  expect([...said.values()].filter((detail) => detail.includes(KEY.slice(0, 20)))).toEqual([])
})

test('while no key is set the routes say so to everybody, whoever asks', async () => {
  const { get } = await openOperator(null)
  expect(await get('/subscriptions')).toMatchObject({
    status: 503,
    body: { code: 'not-configured', detail: expect.stringContaining('OPERATOR_KEY_HASH') },
  })
})

test('a page of another origin is answered nothing, even with the key; our own is', async () => {
  const { fetch } = await openOperator()
  const ask = (origin: string) =>
    fetch('/subscriptions', { headers: { authorization: `Bearer ${KEY}`, origin } })
  expect((await ask('https://evil.example')).status).toBe(403)
  expect((await ask('null')).status).toBe(403)
  expect((await ask('https://tollgate.example')).status).toBe(200)
})

test.each([undefined, 'text/plain', 'application/x-www-form-urlencoded'])(
  'a POST with the content type %s is refused before anything is done',
  async (type) => {
    const { fetch } = await openOperator()
    const response = await fetch('/run', {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, ...(type === undefined ? {} : { 'content-type': type }) },
      body: new TextEncoder().encode('{}'),
    })
    expect([response.status, await response.json()]).toMatchObject([415, { code: 'wrong-content-type' }])
  },
)

test('the key is in no line of the log, whether it is right or nearly', async () => {
  const { fetch } = await openOperator()
  const lines: string[] = []
  for (const level of ['log', 'info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((...said: unknown[]) => void lines.push(said.join(' ')))
  for (const key of [KEY, `${KEY.slice(0, -1)}B`])
    await fetch('/subscriptions', { headers: { authorization: `Bearer ${key}` } })
  expect(lines.filter((line) => line.includes('tgo_'))).toEqual([])
})
