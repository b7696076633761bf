/** Negative vectors for what the Worker itself verifies: session cookies, form tokens, API keys and the operator's key. */
import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hashOperatorKey, operatorKeyOf } from '../../shared/operator/key.ts'
import { mintKey } from '../../shared/usage/key.ts'
import { createApp } from '../../worker/app.ts'
import { openSessions } from '../../worker/landing/session.ts'
import { clockAt, edgeAt, migrate } from './support.ts'

beforeEach(migrate)
afterEach(() => reset())

const clock = clockAt('2026-11-21T12:00:00Z')
const SECRET = new Uint8Array(32).fill(7)
const ID = `reg_${'A'.repeat(22)}`
const sessions = openSessions(SECRET, () => clock.wall)
const valueOf = (line: string): string => /^[^=]+=([^;]+)/.exec(line)?.[1] ?? ''
const cookie = async (secret = SECRET, id = ID, wall = clock.wall): Promise<string> =>
  valueOf(await openSessions(secret, () => wall).open(id, true))
const read = (header: string | undefined, url = 'https://buy.example/') =>
  sessions.read(new Request(url, header === undefined ? {} : { headers: { cookie: header } }))
const NAME = '__Host-tollgate'
const EIGHT_HOURS = 8 * 3_600_000

const flip = (text: string, at: number): string =>
  text.slice(0, at) + (text.at(at) === 'A' ? 'B' : 'A') + (at === -1 ? '' : text.slice(at + 1))
const parts = async (): Promise<[string, string, string]> => {
  const [id = '', expires = '', mac = ''] = (await cookie()).split('.')
  return [id, expires, mac]
}

test('a cookie as it was set opens its session, to the last millisecond of eight hours', async () => {
  expect(await read(`${NAME}=${await cookie()}`)).toMatchObject({ id: ID })
  expect(await read(`${NAME}=${await cookie(SECRET, ID, clock.wall - EIGHT_HOURS + 1_000)}`)).toBeDefined()
})

const COOKIES: readonly (readonly [string, () => Promise<string | undefined>])[] = [
  ['none', async () => undefined],
  ['an empty one', async () => `${NAME}=`],
  ['under its name for http', async () => `tollgate=${await cookie()}`],
  ['under its name in capitals', async () => `${NAME.toUpperCase()}=${await cookie()}`],
  ['of another secret', async () => `${NAME}=${await cookie(new Uint8Array(32).fill(8))}`],
  ['of an empty secret', async () => `${NAME}=${await cookie(new Uint8Array(32))}`],
  [
    'over since this millisecond',
    async () => `${NAME}=${await cookie(SECRET, ID, clock.wall - EIGHT_HOURS)}`,
  ],
  ['over since a year', async () => `${NAME}=${await cookie(SECRET, ID, clock.wall - 3e10)}`],
  [
    'of another registration under the same signature',
    async () => {
      const [, expires, mac] = await parts()
      return `${NAME}=reg_${'B'.repeat(22)}.${expires}.${mac}`
    },
  ],
  [
    'with a later end under the same signature',
    async () => {
      const [id, expires, mac] = await parts()
      return `${NAME}=${id}.${Number(expires) + 1}.${mac}`
    },
  ],
  [
    'with the same end written with a zero before it',
    async () => {
      const [id, expires, mac] = await parts()
      return `${NAME}=${id}.0${expires}.${mac}`
    },
  ],
  [
    'with the first letter of the signature changed',
    async () => {
      const [id, expires, mac] = await parts()
      return `${NAME}=${id}.${expires}.${flip(mac, 0)}`
    },
  ],
  ['with a signature cut short', async () => `${NAME}=${(await cookie()).slice(0, -1)}`],
  [
    'with a signature of zeros',
    async () => {
      const [id, expires] = await parts()
      return `${NAME}=${id}.${expires}.${'A'.repeat(43)}`
    },
  ],
  [
    'without a signature',
    async () => {
      const [id, expires] = await parts()
      return `${NAME}=${id}.${expires}`
    },
  ],
  [
    'with an empty signature',
    async () => {
      const [id, expires] = await parts()
      return `${NAME}=${id}.${expires}.`
    },
  ],
  [
    'with a form’s token in the place of the signature',
    async () => {
      const [id, expires] = await parts()
      const token = await sessions.formToken({ id: ID, expiresSeconds: Number(expires) })
      return `${NAME}=${id}.${expires}.${token}`
    },
  ],
  ['with a part more', async () => `${NAME}=${await cookie()}.x`],
  ['in quotes', async () => `${NAME}="${await cookie()}"`],
  ['percent-encoded', async () => `${NAME}=${encodeURIComponent(await cookie()).replaceAll('.', '%2E')}`],
  ['behind a forged one of the same name', async () => `${NAME}=forged; ${NAME}=${await cookie()}`],
  ['with a path for an id', async () => `${NAME}=${await cookie(SECRET, `reg_../../${'A'.repeat(16)}`)}`],
]
test.each(COOKIES)('session cookie %s opens nothing', async (_, make) => {
  expect(await read(await make())).toBeUndefined()
})

test.each<[string, (token: string) => string]>([
  ['empty', () => ''],
  ['cut short', (token) => token.slice(0, -1)],
  ['changed', (token) => flip(token, 5)],
  ['no base64', () => '!'.repeat(43)],
  ['the word null', () => 'null'],
])('a form token that is %s is none', async (_, change) => {
  const session = { id: ID, expiresSeconds: Math.floor(clock.wall / 1000) + 60 }
  const token = await sessions.formToken(session)
  expect(await sessions.isFormToken(session, token)).toBe(true)
  expect(await sessions.isFormToken(session, change(token))).toBe(false)
  expect(await sessions.isFormToken({ ...session, id: `reg_${'B'.repeat(22)}` }, token)).toBe(false)
})

const OPERATOR = operatorKeyOf('A'.repeat(43))

/** Authorization headers made from a key that is taken as `Bearer <key>`. */
const HEADERS: readonly (readonly [string, (key: string) => string | undefined])[] = [
  ['no header', () => undefined],
  ['an empty header', () => ''],
  ['the word alone', () => 'Bearer'],
  ['the word and a space', () => 'Bearer '],
  ['the key alone', (key) => key],
  ['Basic', (key) => `Basic ${btoa(`${key}:`)}`],
  ['Basic and the key', (key) => `Basic ${key}`],
  ['Token', (key) => `Token ${key}`],
  ['the last letter changed', (key) => `Bearer ${flip(key, key.length - 1)}`],
  ['the first letter behind the prefix changed', (key) => `Bearer ${flip(key, 5)}`],
  ['a letter more', (key) => `Bearer ${key}A`],
  ['a letter less', (key) => `Bearer ${key.slice(0, -1)}`],
  ['in capitals', (key) => `Bearer ${key.toUpperCase()}`],
  ['without its prefix', (key) => `Bearer ${key.slice(key.indexOf('_') + 1)}`],
  [
    'under the other kind’s prefix',
    (key) => `Bearer ${key.startsWith('tgo_') ? key.replace('tgo_', 'tg_') : key.replace('tg_', 'tgo_')}`,
  ],
  ['two keys', (key) => `Bearer ${key} ${key}`],
  ['two keys by a comma', (key) => `Bearer ${key},${key}`],
  ['in quotes', (key) => `Bearer "${key}"`],
  ['a wildcard', () => 'Bearer tg_%'],
  ['SQL', () => `Bearer tg_' OR '1'='1`],
  ['a thousand letters', () => `Bearer tg_${'A'.repeat(1_000)}`],
]

test('both keys are taken as they are', async () => {
  expect(await statuses((key) => `Bearer ${key}`)).toEqual([200, 200])
})
test.each(HEADERS)('a key with %s is refused by the API and by the operator’s routes', async (_, change) => {
  expect(await statuses(change)).toEqual([401, 401])
})
test('the hash of a key is no key', async () => {
  const { sha256 } = await mintKey(new Uint8Array(32).fill(9))
  const hash = await hashOperatorKey(OPERATOR)
  for (const text of [sha256, `tg_${sha256.slice(0, 43)}`, hash, `tgo_${hash.slice(0, 43)}`])
    expect(await statuses(() => `Bearer ${text}`)).toEqual([401, 401])
})

/** What the API and the operator's routes answer to a header made from each one's key. */
async function statuses(change: (key: string) => string | undefined): Promise<number[]> {
  const { text, sha256 } = await mintKey(new Uint8Array(32).fill(9))
  await env.DB.prepare('INSERT OR IGNORE INTO api_keys (id, sha256, name, created_ms) VALUES (?, ?, ?, 1)')
    .bind('key_one', sha256, 'one')
    .run()
  const edge = edgeAt(clock)
  const app = createApp({
    ...edge,
    settings: { ...edge.settings, operatorKeyHash: await hashOperatorKey(OPERATOR) },
  })
  const asked = [
    ['/v1/subscriptions', text],
    ['/v1/operator/subscriptions', OPERATOR],
  ] as const
  return Promise.all(
    asked.map(async ([path, key]) => {
      const authorization = change(key)
      const init = authorization === undefined ? {} : { headers: { authorization } }
      return (await app.request(`https://buy.example${path}`, init)).status
    }),
  )
}
