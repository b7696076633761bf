/** /docs and /openapi.json: one document, for people and for programs, for everybody, without a script. */
import { expect, test } from 'vitest'
import { channelsOf, DECISION_KINDS } from '../../../shared/deliveries.ts'
import { createApp } from '../../../worker/app.ts'
import { openApi } from '../../../worker/openapi/document.ts'
import { clockAt, edgeAt } from '../support.ts'

const edge = edgeAt(clockAt('2026-11-21T12:00:00Z'))
const get = async (path: string, landing: 'hosted' | 'own' = 'hosted') =>
  createApp({ ...edge, seller: { ...edge.seller, landing } }).request(`https://buy.example${path}`)

test('/openapi.json is the document, and may be kept for some minutes', async () => {
  const answer = await get('/openapi.json')
  expect(await answer.json()).toEqual(openApi(edge.seller))
  expect(answer.headers.get('cache-control')).toBe('public, max-age=300')
})

test('/docs says every operation, webhook, object and problem of the document, and runs nothing', async () => {
  const answer = await get('/docs')
  const page = await answer.text()
  const document = JSON.stringify(openApi(edge.seller))
  const said = [
    ...[...document.matchAll(/"operationId":"([^"]+)"/g)].map(([, id = '']) => `<details id="${id}">`),
    ...[...document.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name = '']) => `<details id="${name}">`,
    ),
    ...[...document.matchAll(/"enum":\["([a-z-]+)"/g)].map(([, code = '']) => `<code>${code}</code>`),
  ]
  expect(said.filter((part) => !page.includes(part))).toEqual([])
  expect(said.length).toBeGreaterThan(80)
  expect(page).not.toContain('<script')
  expect(page).not.toMatch(/\b(src|style|on\w+)=|https?:/)
  expect(answer.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
  )
})

test('each type of webhook is described, by one sentence of its own', async () => {
  const page = (await (await get('/docs')).text()).replaceAll(/<[^>]+>/g, '').replaceAll(/\s+/g, ' ')
  const { webhooks } = openApi(edge.seller) as { webhooks: Record<string, { post: { summary: string } }> }
  const told = DECISION_KINDS.filter((kind) => channelsOf(kind, ['webhook']).length > 0)
  expect(Object.keys(webhooks).toSorted()).toEqual(told.toSorted())
  const said = Object.entries(webhooks).map(([kind, { post }]) => [kind, post.summary] as const)
  expect(said.filter(([kind, summary]) => summary.includes(kind) || !/^[A-Z].*\.$/.test(summary))).toEqual([])
  expect(new Set(said.map(([, summary]) => summary)).size).toBe(said.length)
  expect(page).toContain('registration.completed A person registered: make the account of data.contact.')
})

test('a seller with a registration page of its own has both too', async () => {
  expect([(await get('/docs', 'own')).status, (await get('/openapi.json', 'own')).status]).toEqual([200, 200])
})
