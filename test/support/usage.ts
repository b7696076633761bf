/** The seller's application as a test plays it: reports usage over HTTP, in the three forms the API takes. */

export interface Report {
  readonly id: string
  readonly meter: string
  /** A JSON number or decimal text, as it is sent. */
  readonly quantity: number | string
  /** Epoch ms, business time. */
  readonly time: number
}

export interface Answer {
  readonly result: 'counted' | 'duplicate' | 'refused' | 'again'
  readonly code?: string
  readonly message?: string
}

export type Application = ReturnType<typeof applicationAt>

/** An application with an API key, reporting for one subscription. */
export function applicationAt(landing: string, apiKey: string, subscription: string) {
  async function send(type: string, body: unknown): Promise<{ status: number; body: unknown }> {
    const response = await fetch(new URL('/v1/usage', landing), {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': type },
      body: JSON.stringify(body),
    })
    return { status: response.status, body: await response.json() }
  }

  const plain = ({ id, meter, quantity, time }: Report) => ({
    id,
    subscription,
    meter,
    quantity,
    time: new Date(time).toISOString(),
  })
  const cloudEvent = ({ id, meter, quantity, time }: Report) => ({
    specversion: '1.0',
    type: 'usage',
    source: 'test',
    id,
    subject: subscription,
    time: new Date(time).toISOString(),
    data: { meter, quantity },
  })

  return {
    plain: (report: Report) => send('application/json', plain(report)),
    batch: (reports: readonly Report[]) => send('application/json', { events: reports.map(plain) }),
    cloudEvent: (report: Report) => send('application/cloudevents+json', cloudEvent(report)),
    cloudEvents: (reports: readonly Report[]) =>
      send('application/cloudevents-batch+json', reports.map(cloudEvent)),
  }
}
