/** The signing keys in their object's storage: published a day before they sign, listed while their tokens live. */
import { reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, expect, test } from 'vitest'
import { HOUR_MS } from '../../../shared/hour.ts'
import {
  LISTED_AFTER_MS,
  openSigningKeys,
  PUBLISHED_BEFORE_MS,
  SIGNS_MS,
  type SigningKeys,
} from '../../../worker/identity/signing-keys.ts'
import { openObjectSql } from '../../../worker/metering/sql.ts'
import { decodeBase64 } from '../../../worker/web.ts'

afterEach(() => reset())

const T0 = Date.parse('2026-11-21T12:00:00Z')

const inObject = <T>(
  work: (keys: SigningKeys, anew: () => SigningKeys, storage: DurableObjectStorage) => Promise<T>,
): Promise<T> =>
  runInDurableObject(env.IDENTITY.getByName('test'), (_, { storage }) => {
    const anew = () => openSigningKeys(openObjectSql(storage))
    return work(anew(), anew, storage)
  })

const headerOf = (token: string): { kid: string } =>
  JSON.parse(new TextDecoder().decode(decodeBase64(token.split('.')[0] ?? '')))

const signerAt = async (keys: SigningKeys, now: number): Promise<string> =>
  headerOf(await keys.sign(now, {}, {})).kid

test('the first key signs at once; its successor is listed a day before it signs, and the old one two hours behind (design §10)', () =>
  inObject(async (keys) => {
    await keys.tend(T0)
    const [first] = keys.listed().map(({ kid }) => kid)
    expect(await signerAt(keys, T0)).toBe(first)

    const published = T0 + SIGNS_MS - PUBLISHED_BEFORE_MS
    await keys.tend(published - 1)
    expect(keys.listed()).toHaveLength(1)
    await keys.tend(published)
    const [second] = keys.listed().map(({ kid }) => kid)
    expect(keys.listed()).toHaveLength(2)
    expect(await signerAt(keys, T0 + SIGNS_MS - 1)).toBe(first)
    expect(await signerAt(keys, T0 + SIGNS_MS)).toBe(second)
    expect(keys.listed().map(({ kid }) => kid)).toEqual([second, first])

    await keys.tend(T0 + SIGNS_MS + LISTED_AFTER_MS - 1)
    expect(keys.listed()).toHaveLength(2)
    await keys.tend(T0 + SIGNS_MS + LISTED_AFTER_MS)
    expect(keys.listed().map(({ kid }) => kid)).toEqual([second])
  }))

test('whenever someone looks, no key signs that was not listed a day before, except where there was none', () =>
  inObject(async (keys) => {
    const listedSince = new Map<string, number>()
    // Steps that do not divide a day, over four lives of a key: an object nobody called for days among them.
    for (
      let now = T0, step = 0;
      now < T0 + 4 * SIGNS_MS;
      step += 1, now += step % 9 === 0 ? 75 * HOUR_MS : 7 * HOUR_MS
    ) {
      await keys.tend(now)
      for (const { kid } of keys.listed()) if (!listedSince.has(kid)) listedSince.set(kid, now)
      const kid = await signerAt(keys, now)
      const first = listedSince.size === 1
      expect([
        first || now - (listedSince.get(kid) ?? now) >= PUBLISHED_BEFORE_MS,
        keys.listed().length <= 2,
      ]).toEqual([true, true])
    }
    expect(listedSince.size).toBeGreaterThan(3)
  }))

test('a token is signed by the listed key of its kid, and by no other', () =>
  inObject(async (keys) => {
    const token = await keys.sign(T0, { typ: 'JWT' }, { sub: 'worker:test' })
    const [head = '', body = '', signature = ''] = token.split('.')
    expect(JSON.parse(new TextDecoder().decode(decodeBase64(head)))).toEqual({
      typ: 'JWT',
      alg: 'RS256',
      kid: keys.listed()[0]?.kid,
    })
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    const listed = keys.listed()[0] ?? expect.unreachable('no key is listed')
    const key = await crypto.subtle.importKey('jwk', { ...listed }, algorithm, false, ['verify'])
    const bytes = (text: string) => new TextEncoder().encode(text)
    const mac = decodeBase64(signature) ?? new Uint8Array()
    expect(await crypto.subtle.verify(algorithm, key, mac, bytes(`${head}.${body}`))).toBe(true)
    expect(await crypto.subtle.verify(algorithm, key, mac, bytes(`${head}.${body}x`))).toBe(false)
  }))

test('a key lives on in its object’s storage, and what is listed has nothing of its private half', () =>
  inObject(async (keys, anew) => {
    const before = await signerAt(keys, T0)
    const again = anew()
    expect(await signerAt(again, T0 + 1)).toBe(before)
    expect(Object.keys(again.listed()[0] ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
  }))

test('two calls that find no key make one', () =>
  inObject(async (keys) => {
    await Promise.all([keys.tend(T0), keys.tend(T0), keys.sign(T0, {}, {})])
    expect(keys.listed()).toHaveLength(1)
  }))

test('a rotation asked for twice publishes one key, which signs a day later', () =>
  inObject(async (keys) => {
    const first = await signerAt(keys, T0)
    const next = await keys.rotate(T0)
    expect(await keys.rotate(T0 + HOUR_MS)).toBe(next)
    expect(keys.lines(T0 + HOUR_MS)).toEqual([
      { kid: first, publishedMs: T0, signs: true },
      { kid: next, publishedMs: T0, signs: false },
    ])
    expect(await signerAt(keys, T0 + PUBLISHED_BEFORE_MS)).toBe(next)
  }))

test('a revoked key is listed no more and signs no more, at once; what was published next takes its place', () =>
  inObject(async (keys, _, storage) => {
    const first = await signerAt(keys, T0)
    const next = await keys.rotate(T0 + 1)
    expect([await keys.revoke(first, T0 + 2), await keys.revoke(first, T0 + 2)]).toEqual([true, false])
    expect(keys.listed().map(({ kid }) => kid)).toEqual([next])
    expect(await signerAt(keys, T0 + 3)).toBe(next)
    await keys.revoke(next, T0 + 4)
    const [last] = keys.listed()
    expect([first, next]).not.toContain(last?.kid)
    expect(await signerAt(keys, T0 + 5)).toBe(last?.kid)
    expect(storage.sql.exec('SELECT count(*) AS n FROM keys').one()).toEqual({ n: 1 })
  }))
