/** The simulator's control API as a test uses it: purchases, the clock, faults, the bill. Every refusal throws. */

/** One purchase, as `GET /api/state` shows it: what the tests look at. */
export interface AgreementView {
  readonly id: string
  readonly product: string
  readonly account: string
  readonly license: { readonly arn: string; readonly standing: string }
  readonly status: string
  readonly activatedAt: string | null
  readonly deprovisionedAt: string | null
}

/** What the marketplace makes the buyer's browser POST. */
export interface Arrival {
  readonly agreement: AgreementView
  readonly token: string
  readonly form: { readonly action: string; readonly fields: readonly { name: string; value: string }[] }
}

export interface Moved {
  readonly business: string
  readonly settled?: boolean
  readonly waiting?: readonly string[]
  readonly steps: number
  readonly did: readonly { readonly at: string; readonly by: string; readonly what: string }[]
}

export interface Bill {
  readonly lines: readonly {
    readonly agreementId: string
    readonly account: string
    readonly product: string
    readonly dimension: string
    readonly hour: number
    readonly quantity: number
  }[]
  readonly usageDollars: string
}

export interface Purchase {
  readonly product: string
  readonly account: string
  readonly bought?: readonly { readonly dimension: string; readonly quantity: number }[]
  readonly term?: 'month' | 'year'
  /** ISO 8601 durations of business time. */
  readonly trial?: boolean
  readonly autoRenew?: boolean
  readonly payment?: 'pending' | 'failed'
  readonly startDelay?: string
  readonly createdDelay?: string
  readonly licenseDelay?: string
}

/** A mail that SES took. `at` is an instant of business time as ISO 8601. */
export interface SentMail {
  readonly at: string
  readonly from: string
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string | null
  readonly html: string | null
}

/** A webhook as the seller's application got it. */
export interface SentWebhook {
  readonly id: string
  readonly at: string
  readonly type: string
  readonly body: string
  readonly verified: boolean | null
  readonly answered: number
}

/** A message published on the topic. */
export interface SentMessage {
  readonly at: string
  readonly topicArn: string
  readonly subject: string | null
  readonly message: string
}

export type MarketplaceClient = ReturnType<typeof marketplaceAt>

/** The simulator at `url`. */
export function marketplaceAt(url: string) {
  async function call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(new URL(path, url), {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
    return JSON.parse(text) as T
  }

  return {
    subscribe: (purchase: Purchase) => call<Arrival>('POST', '/api/subscriptions', purchase),
    /** "Set up your account" once more: a fresh token. */
    visit: (agreement: string) => call<Arrival>('POST', `/api/subscriptions/${agreement}/token`, {}),
    cancel: (agreement: string, by: 'buyer' | 'seller' = 'buyer') =>
      call<{ agreement: AgreementView }>('POST', `/api/subscriptions/${agreement}/cancel`, { by }),
    business: async () => Date.parse((await call<{ business: string }>('GET', '/clock')).business),
    advance: (duration: string) => call<Moved>('POST', '/clock', { advance: duration }),
    settle: (span: 'hour' | 'day' | 'month') => call<Moved>('POST', '/clock', { settle: span }),
    bill: () => call<Bill>('GET', '/api/bill'),
    agreements: async () =>
      (await call<{ agreements: readonly AgreementView[] }>('GET', '/api/state')).agreements,
    accounts: async () =>
      (await call<{ accounts: readonly { account: string; name: string }[] }>('GET', '/api/state')).accounts,
    fault: (fault: { kind: string; on?: string; count?: number; [field: string]: unknown }) =>
      call<{ id: string }>('POST', '/api/faults', fault),
    /** The standing orders to fail that are still to be carried out. */
    faults: async () =>
      (await call<{ faults: readonly { count: number | null }[] }>('GET', '/api/faults')).faults,
    /** What happens to a purchase later (docs/simulator.md, "The life of a purchase"). */
    act: (agreement: string, name: string, body: object = {}) =>
      call<Partial<Arrival> & Pick<Arrival, 'agreement'>>(
        'POST',
        `/api/agreements/${agreement}/${name}`,
        body,
      ),
    /** A whole life by its script (`GET /api/scenarios`). */
    scenario: (name: string, body: object = {}) =>
      call<{
        agreements: readonly AgreementView[]
        arrivals: readonly { agreement: string; token: string }[]
      }>('POST', `/api/scenarios/${name}`, body),
    knobs: (knobs: object) => call<object>('POST', '/api/knobs', knobs),
    /** How the seller's application, played by the simulator, answers webhooks. */
    receiver: (set: object) => call<object>('POST', '/api/receiver', set),
    /** What was sent, the newest first. */
    mail: async () => (await call<{ mail: readonly SentMail[] }>('GET', '/api/sent/mail')).mail,
    webhooks: async () =>
      (await call<{ webhooks: readonly SentWebhook[] }>('GET', '/api/sent/webhooks')).webhooks,
    /** Events pushed to the API destination, and how each push ended. */
    pushes: async () =>
      (await call<{ done: readonly { eventId: string; outcome: string }[] }>('GET', '/api/pushes')).done,
    messages: async () => (await call<{ messages: readonly SentMessage[] }>('GET', '/api/sent/sns')).messages,
    clearFaults: () => call<{ cleared: number }>('DELETE', '/api/faults'),
  }
}
