/** One layout for all of a buyer's pages, and the headers they travel under. Every value is escaped by `html`. */
import { html, raw } from 'hono/html'
import { DRY_NOTE } from '../dry.ts'
import type { Edge } from '../env.ts'
import { pageStyle } from './style.ts'

export type Html = ReturnType<typeof html>

/** A page's own part. */
export interface Page {
  readonly status: number
  /** Of the window; the brand is added. */
  readonly title: string
  readonly body: Html
  /** After how many seconds the browser looks again by itself. */
  readonly refreshSeconds?: number
  readonly retryAfterSeconds?: number
}

/** Renders pages for one seller. */
export type Render = (page: Page) => Promise<Response>

/** What pages need to know of the Worker. */
export type Layout = Pick<Edge, 'seller'> & { readonly settings: Pick<Edge['settings'], 'metering'> }

/** The renderer: style and policy are made once. `more`: style that only its pages have. A dry Worker says so on top. */
export function openLayout({ seller, settings }: Layout, more = ''): Render {
  const style = pageStyle(seller.branding.accent) + more
  const policy = contentPolicy(style)
  policy.catch(() => undefined)

  return async (page) => {
    const headers = new Headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': await policy,
      'cache-control': 'no-store',
    })
    // As a header, not in the page: there it would be an accessibility fault, and readers would hear it.
    if (page.refreshSeconds !== undefined) headers.set('refresh', String(page.refreshSeconds))
    if (page.retryAfterSeconds !== undefined) headers.set('retry-after', String(page.retryAfterSeconds))
    return new Response(String(await document(seller, style, page, settings.metering === 'dry' ? DRY : '')), {
      status: page.status,
      headers,
    })
  }
}

const DRY = html`<p class="dry" role="note">${DRY_NOTE}</p>`

const document = (seller: Edge['seller'], style: string, page: Page, note: Html | ''): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${page.title} · ${seller.branding.name}</title>
        ${raw(`<style>${style}</style>`)}
      </head>
      <body>
        <header>
          ${note}
          <p class="brand" dir="auto">${seller.branding.name}</p>
        </header>
        <main>${page.body}</main>
        <footer>
          <p>
            Questions? Write to <a href="mailto:${seller.seller.support}">${seller.seller.support}</a>. A
            person at <bdi>${seller.seller.name}</bdi> answers.
          </p>
          <p>Billing is done by AWS Marketplace. We never ask for payment details.</p>
        </footer>
      </body>
    </html>`

async function contentPolicy(style: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style))
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)))
  return `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`
}
