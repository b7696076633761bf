/** A buyer without a browser: cookies, forms and redirects by hand, as far as the landing page needs them. */
import type { Arrival } from './marketplace.ts'

export interface Page {
  readonly status: number
  readonly headers: Headers
  readonly html: string
  /** The page's text without its tags, white space folded. */
  readonly text: string
  /** Where a redirect points; undefined for a page. */
  readonly location: string | undefined
}

export type Buyer = ReturnType<typeof newBuyer>

/** A buyer with an empty cookie jar. */
export function newBuyer(landing: string) {
  const jar = new Map<string, string>()

  async function request(path: string, init: RequestInit = {}): Promise<Page> {
    const headers = new Headers(init.headers)
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await fetch(new URL(path, landing), { ...init, headers, redirect: 'manual' })
    for (const cookie of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (cookie.split(';')[0] ?? '').split(/=(.*)/s)
      if (/max-age=0/i.test(cookie)) jar.delete(name)
      else jar.set(name, value)
    }
    const html = await response.text()
    const location = response.headers.get('location') ?? undefined
    return { status: response.status, headers: response.headers, html, text: textOf(html), location }
  }

  const post = (path: string, fields: Readonly<Record<string, string>>, site = 'same-origin') =>
    request(path, {
      method: 'POST',
      headers: { 'sec-fetch-site': site, origin: site === 'same-origin' ? landing : 'null' },
      body: new URLSearchParams({ ...fields }),
    })

  return {
    get: (path: string) => request(path),
    post,
    /** The cross-site form POST of AWS Marketplace, not followed. */
    knock: (arrival: Pick<Arrival, 'form'>) =>
      post(
        '/',
        Object.fromEntries(arrival.form.fields.map(({ name, value }) => [name, value])),
        'cross-site',
      ),
    /** The same, followed to the page it leads to. */
    async arrive(arrival: Pick<Arrival, 'form'>): Promise<Page> {
      const answer = await this.knock(arrival)
      if (answer.status !== 303 || answer.location === undefined)
        throw new Error(`the landing page answered ${answer.status}: ${answer.text.slice(0, 300)}`)
      return request(answer.location)
    },
    /** Fills the registration form in and sends it; the answer is the page it leads to. */
    async register(fields: Readonly<Record<string, string>>): Promise<Page> {
      const form = await request('/registration')
      const answer = await post('/registration', { ...hiddenFields(form.html), ...fields })
      return answer.location === undefined ? answer : request(answer.location)
    },
  }
}

/** Name and value of each hidden input. */
function hiddenFields(html: string): Record<string, string> {
  const inputs = html.matchAll(/<input[^>]*type="hidden"[^>]*>/g)
  return Object.fromEntries(
    [...inputs].map(([tag]) => [
      /name="([^"]*)"/.exec(tag)?.[1] ?? '',
      /value="([^"]*)"/.exec(tag)?.[1] ?? '',
    ]),
  )
}

const textOf = (html: string): string =>
  html
    .replaceAll(/<(style|script)[\s\S]*?<\/\1>/g, ' ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim()
