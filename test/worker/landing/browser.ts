/** A browser as far as the landing page can tell: it keeps cookies, follows 303 and sends Sec-Fetch-Site. */
import type { Hono } from 'hono'

export const PRODUCT_CODE = '7h2kq9v4n1xw8zc3m6tb5rjd0'
export const SUBSCRIPTION_CODE = '4dz8m1rf6yq2w7kx9p3vc5hn0'

export const licenseArn = (digit: string): string =>
  `arn:aws:license-manager::294406891311:license:l-${digit.repeat(32)}`

/** What ResolveCustomer answers for a buyer of the pay-as-you-go product. */
export const customer = (over: Readonly<Record<string, unknown>> = {}) => ({
  ProductCode: SUBSCRIPTION_CODE,
  CustomerAWSAccountId: '012345678901',
  LicenseArn: licenseArn('a'),
  CustomerIdentifier: '',
  ...over,
})

export class Browser {
  readonly app: Hono
  readonly origin: string
  cookies = new Map<string, string>()
  /** Every `Set-Cookie` seen, whole. */
  readonly setCookies: string[] = []

  constructor(app: Hono, origin = 'https://buy.example') {
    this.app = app
    this.origin = origin
  }

  /** One request, redirects not followed. */
  async send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (this.cookies.size > 0) {
      headers.set('cookie', [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    }
    if (!headers.has('accept')) headers.set('accept', 'text/html')
    const response = await this.app.fetch(new Request(this.origin + path, { ...init, method, headers }))
    for (const line of response.headers.getSetCookie()) {
      this.setCookies.push(line)
      const [pair = ''] = line.split(';')
      this.cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    return response
  }

  get = (path: string) => this.send('GET', path)

  /** A form this site's own page sends. */
  post(path: string, fields: Readonly<Record<string, string>>, headers: Record<string, string> = {}) {
    return this.send('POST', path, {
      headers: { 'sec-fetch-site': 'same-origin', ...headers },
      body: new URLSearchParams(fields),
    })
  }

  /** The cross-site POST AWS Marketplace makes the browser send, with no cookie of ours. */
  arrive(token: string, more: Readonly<Record<string, string>> = {}) {
    this.cookies = new Map()
    return this.post(
      '/',
      { 'x-amzn-marketplace-token': token, ...more },
      { 'sec-fetch-site': 'cross-site', origin: 'null' },
    )
  }

  /** Fills in the form with the token its page carries. */
  async register(fields: Readonly<Record<string, string>> = {}): Promise<Response> {
    const page = await (await this.get('/registration')).text()
    const csrf = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
    return this.post('/registration', {
      _csrf: csrf,
      email: 'buyer@example.com',
      name: 'Sam Doe',
      company: 'Example Ltd',
      ...fields,
    })
  }
}
