/** Webhook secrets at rest: sealed, bound to their rows, and in force until their end. */
import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Edge } from '../../../worker/env.ts'
import { openSeal } from '../../../worker/keys/seal.ts'
import {
  keepWebhookSecret,
  newWebhookSecret,
  webhookSecretsInForce,
} from '../../../worker/keys/webhook-secrets.ts'
import { clockAt, edgeAt, migrate } from '../support.ts'

const clock = clockAt('2026-11-21T12:00:00Z')
let edge: Edge

beforeEach(async () => {
  await migrate()
  edge = edgeAt(clock)
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
})
afterEach(async () => {
  vi.restoreAllMocks()
  await reset()
})

test('a secret is kept sealed, comes out as it went in, and the newest signs first', async () => {
  const [older, newer] = [newWebhookSecret(), newWebhookSecret()]
  expect(older).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  await keepWebhookSecret(edge, 'whs_older', 'before', older)
  clock.wall += 1000
  await keepWebhookSecret(edge, 'whs_newer', 'after', newer)
  expect(await webhookSecretsInForce(edge)).toEqual([newer, older])
  const { results } = await env.DB.prepare('SELECT * FROM webhook_secrets').all()
  expect(JSON.stringify(results)).not.toContain(newer.slice(6, 30))
})

test.each([
  ['in the last millisecond before its end it signs', -1, 1],
  ['from its end on it does not', 0, 0],
])('a secret that was given an end: %s', async (_, late, signs) => {
  await keepWebhookSecret(edge, 'whs_one', 'one', newWebhookSecret())
  await env.DB.prepare('UPDATE webhook_secrets SET revoked_ms = ?')
    .bind(clock.wall - late)
    .run()
  expect(await webhookSecretsInForce(edge)).toHaveLength(signs)
})

test('a secret moved to another row, changed, or of another session secret is left out and named in the log, never used', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const text = newWebhookSecret()
  await keepWebhookSecret(edge, 'whs_one', 'one', text)
  await env.DB.prepare("UPDATE webhook_secrets SET id = 'whs_two'").run()
  expect(await webhookSecretsInForce(edge)).toEqual([])
  expect(String(log.mock.lastCall)).toContain('whs_two')
  expect(String(log.mock.calls)).not.toContain(text)
})

test.each([
  ['cut short', (sealed: string) => sealed.slice(0, -4)],
  ['one letter changed', (sealed: string) => (sealed.startsWith('A') ? 'B' : 'A') + sealed.slice(1)],
  ['empty', () => ''],
  ['no base64', () => '!!!'],
  ['only a nonce', (sealed: string) => sealed.slice(0, 16)],
])('what is sealed opens as nothing when it is %s', async (_, change) => {
  const seal = openSeal(new Uint8Array(32).fill(7), 'webhook secrets')
  expect(await seal.open(change(await seal.seal('whsec_x', 'row')), 'row')).toBeUndefined()
})

test('what one purpose, one row or one session secret sealed no other opens', async () => {
  const secret = new Uint8Array(32).fill(7)
  const seal = openSeal(secret, 'webhook secrets')
  const sealed = await seal.seal('whsec_x', 'row')
  expect(
    await Promise.all([
      seal.open(sealed, 'row'),
      seal.open(sealed, 'other'),
      openSeal(secret, 'another purpose').open(sealed, 'row'),
      openSeal(new Uint8Array(32).fill(8), 'webhook secrets').open(sealed, 'row'),
    ]),
  ).toEqual(['whsec_x', undefined, undefined, undefined])
})
