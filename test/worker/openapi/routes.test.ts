/** The API's description names every route there is, and no other. */
import { expect, test } from 'vitest'
import { createApp } from '../../../worker/app.ts'
import { openApi } from '../../../worker/openapi/document.ts'
import { clockAt, edgeAt } from '../support.ts'

/** Every other address is a page for people, in HTML, or what its forms send: design §5 and the docs say what they are for. */
const isDescribed = (path: string): boolean =>
  /^\/(v1|\.well-known)\//.test(path) || ['/health', '/openapi.json'].includes(path)

const edge = edgeAt(clockAt('2026-11-21T12:00:00Z'))
const app = createApp({ ...edge, settings: { ...edge.settings, publicUrl: 'https://tollgate.example' } })

const routes = app.routes
  .filter(({ method, path }) => method !== 'ALL' && !path.endsWith('*') && isDescribed(path))
  .map(({ method, path }) => `${method} ${path.replaceAll(/:\w+/g, '{}')}`)

const described = Object.entries(openApi(edge.seller)['paths'] as Readonly<Record<string, object>>).flatMap(
  ([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`),
)

test('every route that is no page is described, and everything described is a route', () => {
  expect([...new Set(described)].sort()).toEqual([...new Set(routes)].sort())
})
