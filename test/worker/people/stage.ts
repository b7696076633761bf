/** The stage of the tests about people: hosted pages with mail and webhooks set up, AWS stood in for, browsers and an operator. */
import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, vi } from 'vitest'
import { hashOperatorKey, operatorKeyOf } from '../../../shared/operator/key.ts'
import { createApp } from '../../../worker/app.ts'
import { AUDIT } from '../../../worker/audit/object.ts'
import type { Edge } from '../../../worker/env.ts'
import { Browser, customer, licenseArn } from '../landing/browser.ts'
import { clockAt, edgeAt, migrate, type TestClock } from '../support.ts'

export const ORIGIN = 'https://buy.example'
const KEY = operatorKeyOf('A'.repeat(43))

/** A mail as SES got it. */
export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
}

export interface Stage {
  clock: TestClock
  edge: Edge
  readonly mails: Mail[]
  readonly logged: string[]
  /** What ResolveCustomer answers for a token. */
  readonly customers: Map<string, ReturnType<typeof customer>>
  /** Another browser at another desk. */
  browser(): Browser
  /** Asks the operator's routes. */
  ask(path: string, body?: object): Promise<{ readonly status: number; readonly body: unknown }>
}

/** Sets the stage before each test of the file and clears it after. */
export function useStage(): Stage {
  const clock = clockAt('2026-11-21T12:00:00Z')
  const stage: Stage = {
    clock,
    edge: edgeAt(clock),
    mails: [],
    logged: [],
    customers: new Map(),
    browser: () => new Browser(createApp(stage.edge), ORIGIN),
    async ask(path, body) {
      const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' }
      const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) }
      const url = `${ORIGIN}/v1/operator${path}`
      const response = await createApp(stage.edge).fetch(new Request(url, init))
      return { status: response.status, body: await response.json() }
    },
  }

  beforeEach(async () => {
    await migrate()
    stage.clock = clockAt('2026-11-21T12:00:00Z')
    const plain = edgeAt(stage.clock)
    const operatorKeyHash = await hashOperatorKey(KEY)
    stage.edge = {
      ...plain,
      settings: {
        ...plain.settings,
        operatorKeyHash,
        publicUrl: ORIGIN,
        mailFrom: 'Skillsmith <hello@skillsmith.app>',
        webhookUrl: 'https://app.seller.example/hooks',
      },
    }
    stage.mails.length = 0
    stage.logged.length = 0
    stage.customers.clear()
    vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
      const request = new Request(input, init)
      const { hostname } = new URL(request.url)
      const text = await request.text()
      if (hostname.startsWith('email.')) {
        stage.mails.push(mailOf(JSON.parse(text)))
        return Response.json({ MessageId: 'ses-1' })
      }
      if (hostname.startsWith('metering.')) {
        const { RegistrationToken: token }: { RegistrationToken: string } = JSON.parse(text)
        return Response.json(stage.customers.get(token) ?? customer())
      }
      return Response.json({})
    })
    for (const level of ['info', 'warn', 'error', 'log'] as const)
      vi.spyOn(console, level).mockImplementation((line: unknown) => void stage.logged.push(String(line)))
  })

  afterEach(async () => {
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
    await reset()
  })
  return stage
}

interface SesRequest {
  readonly Destination: { readonly ToAddresses: readonly string[] }
  readonly Content: {
    readonly Simple: {
      readonly Subject: { readonly Data: string }
      readonly Body: { readonly Text: { readonly Data: string } }
    }
  }
}

const mailOf = ({ Destination, Content: { Simple } }: SesRequest): Mail => ({
  to: Destination.ToAddresses.join(),
  subject: Simple.Subject.Data,
  text: Simple.Body.Text.Data,
})

/** Comes with a token of a purchase of its own and registers; answers the subscription and where the form led. */
export async function register(
  stage: Stage,
  browser: Browser,
  purchase: {
    readonly digit: string
    readonly account?: string
    readonly email?: string
    readonly fields?: Readonly<Record<string, string>>
  },
): Promise<{ readonly subscription: string; readonly location: string | null }> {
  const { digit, account = '012345678901', email = 'buyer@example.com', fields = {} } = purchase
  stage.customers.set(
    `t-${digit}`,
    customer({ LicenseArn: licenseArn(digit), CustomerAWSAccountId: account }),
  )
  // A token comes from another site, and the browser keeps the cookies it has.
  const kept = browser.cookies
  await browser.arrive(`t-${digit}`)
  browser.cookies = new Map([...kept, ...browser.cookies])
  const saved = await browser.register({ email, ...fields })
  const row = await env.DB.prepare('SELECT id FROM subscriptions WHERE license_tail LIKE ?')
    .bind(`l-${digit}%`)
    .first<{ id: string }>()
  return { subscription: row?.id ?? '', location: saved.headers.get('location') }
}

/** Asks for a link and answers it as the mail has it; undefined: no mail came. */
export async function askForLink(
  stage: Stage,
  browser: Browser,
  email: string,
): Promise<{ readonly response: Response; readonly link: string | undefined }> {
  const before = stage.mails.length
  const response = await browser.post('/sign-in', { email })
  const text = stage.mails.slice(before).find(({ subject }) => subject.startsWith('Sign in'))?.text
  return { response, link: /https:\/\/buy\.example(\/sign-in\?link=\w+)/.exec(text ?? '')?.[1] }
}

export const tokenOf = (link: string): string => link.split('=')[1] ?? ''

/** Asks, opens the mail and presses the button. */
export async function signIn(stage: Stage, browser: Browser, email = 'buyer@example.com'): Promise<Response> {
  const { link = '' } = await askForLink(stage, browser, email)
  await browser.get(link)
  return browser.post('/sign-in/link', { link: tokenOf(link) })
}

/** The CSRF token of the form on a page. */
export async function csrfOf(browser: Browser, path: string): Promise<string> {
  const html = await (await browser.get(path)).text()
  return /name="_csrf" value="([^"]+)"/.exec(html)?.[1] ?? ''
}

/** `kind subject` of each row of the audit log. */
export async function logOf(
  stage: Stage,
): Promise<readonly { kind: string; who: string; subject: string }[]> {
  const page = await stage.edge.settings.audit.getByName(AUDIT).entries({ limit: 200 })
  return page.rows.map(({ kind, who, subject }) => ({ kind, who, subject }))
}
