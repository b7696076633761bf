/** A dry Worker says so on each of its pages and in each mail; a live one nowhere. */
import { expect, test } from 'vitest'
import { createApp } from '../../../worker/app.ts'
import { DRY_NOTE } from '../../../worker/dry.ts'
import type { Metering } from '../../../shared/stack.ts'
import { Browser } from '../landing/browser.ts'
import { ORIGIN, register, signIn, useStage } from './stage.ts'

const stage = useStage()
const BANNER = `<p class="dry" role="note">${DRY_NOTE}</p>`

/** Asks every address there is, by each method, as a stranger and as one who bought and signed in; answers the pages. */
async function pagesOf(metering: Metering, landing: 'hosted' | 'own') {
  const { settings, seller } = stage.edge
  stage.edge = { ...stage.edge, settings: { ...settings, metering }, seller: { ...seller, landing } }
  const app = createApp(stage.edge)
  const pages: { readonly path: string; readonly status: number; readonly html: string }[] = []
  const fetch: typeof app.fetch = async (request, ...rest) => {
    const response = await app.fetch(request, ...rest)
    const path = new URL(request.url).pathname
    if (response.headers.get('content-type')?.startsWith('text/html') === true)
      pages.push({ path, status: response.status, html: await response.clone().text() })
    return response
  }
  const browser = () => new Browser(Object.assign(Object.create(app), { fetch }), ORIGIN)
  const paths = [...new Set(app.routes.map(({ path }) => path))].filter(
    (path) => !path.endsWith('*') && !/^\/(v1|\.well-known)\/|^\/(health|openapi\.json)$/.test(path),
  )
  const buyer = browser()
  if (landing === 'hosted') {
    await register(stage, buyer, { digit: 'a' })
    await signIn(stage, buyer)
    await register(stage, buyer, { digit: 'b' })
  }
  for (const path of [...paths, '/nowhere'])
    for (const visitor of [browser(), buyer])
      for (const method of ['GET', 'POST', 'PUT'])
        await visitor.send(method, path.replace(':id', `sub_${'0'.repeat(22)}`))
  return { paths, pages }
}

test.each(['live', 'dry'] as const)(
  'every page of a %s Worker says truly whether usage is billed',
  async (metering) => {
    const { paths, pages } = await pagesOf(metering, 'hosted')
    const own = await pagesOf(metering, 'own')
    const all = [...pages, ...own.pages]
    const times = metering === 'dry' ? 2 : 1
    expect(all.filter(({ html }) => html.split(BANNER).length !== times)).toEqual([])
    expect(all.filter(({ html }) => html.includes('class="dry"') !== (metering === 'dry'))).toEqual([])
    // Each address had a page, and these the page that a buyer comes for.
    const seen = new Set(pages.map(({ path }) => path.replace(/sub_\w+/, ':id')))
    expect([...paths, '/nowhere'].filter((path) => !seen.has(path))).toEqual([])
    const fine = new Set(pages.filter(({ status }) => status === 200).map(({ path }) => path))
    expect([...fine].sort()).toEqual([
      '/',
      '/docs',
      '/registration',
      '/sign-in',
      '/sign-in/sent',
      '/subscription',
      '/subscriptions',
      '/workspace',
    ])
    expect(new Set(own.pages.map(({ status }) => status))).toContain(404)
    expect(stage.mails.length).toBeGreaterThan(0)
    expect(stage.mails.filter(({ text }) => text.includes(DRY_NOTE) !== (metering === 'dry'))).toEqual([])
  },
)
