/** `/openapi.json` for programs and `/docs` for people: one document, made at its first reading. For everybody. */
import { Hono } from 'hono'
import { openLayout, type Layout } from '../landing/layout.ts'
import { docsPage, DOCS_STYLE } from './docs-page.ts'
import { openApi } from './document.ts'
import type { Schema } from './schema.ts'

/** It changes with a deploy only. */
const HELD = { 'cache-control': 'public, max-age=300' }

export function openApiRoutes(layout: Layout): Hono {
  const render = openLayout(layout, DOCS_STYLE)
  let made: Schema | undefined
  const document = (): Schema => (made ??= openApi(layout.seller))

  const routes = new Hono()
  routes.get('/openapi.json', (c) => c.json(document(), 200, HELD))
  routes.get('/docs', () => render(docsPage(document())))
  return routes
}
