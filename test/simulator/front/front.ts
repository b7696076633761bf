/** A storefront and control API over a real store in a temporary folder, asked without a network. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Json } from '../../../simulator/marketplace/model.ts'
import type { Participant } from '../../../simulator/clock.ts'
import { createStepper } from '../../../simulator/clock.ts'
import { controlRoutes } from '../../../simulator/control.ts'
import { simulatedTime } from '../../../simulator/front.ts'
import { withJournal } from '../../../simulator/journal.ts'
import { openStore } from '../../../simulator/store.ts'
import { webhookDoor } from '../../../simulator/seller/webhooks.ts'
import { storefrontRoutes } from '../../../simulator/storefront/routes.ts'
import { NOON, SELLER, VIEW } from '../market.ts'

export const ORIGIN = 'http://127.0.0.1:4600'
export const LANDING = 'http://localhost:4700/'

export type TestFront = Awaited<ReturnType<typeof openTestFront>>

/** Business and wall time begin at noon; wall time stands still unless `wall.now` is moved. */
export async function openTestFront(participants: readonly Participant[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-front-'))
  const wall = { now: NOON }
  const clock = () => wall.now
  const store = openStore({
    folder,
    wall: clock,
    seed: 1,
    onLost: (cause) => {
      throw new Error('lost', { cause })
    },
  })
  if (!store.ok) throw new Error(store.error)
  await store.value.run({ kind: 'set_view', view: VIEW })
  const noted = withJournal(store.value)
  const stepper = createStepper(simulatedTime(noted.marketplace), participants)
  const front = { ...noted, stepper, landingUrl: LANDING, wall: clock }
  const doors = [webhookDoor(noted.marketplace), controlRoutes(front), storefrontRoutes(front)]

  /** The first door that answers; undefined when none does. */
  async function ask(path: string, init: RequestInit = {}): Promise<Response | undefined> {
    for (const door of doors) {
      const answer = await door(new Request(new URL(path, ORIGIN), init))
      if (answer !== undefined) return answer
    }
    return undefined
  }

  return {
    ...front,
    ask,
    async json(method: string, path: string, body?: Json) {
      const answer = await ask(path, {
        method,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
      return { status: answer?.status, body: (await answer?.json()) as { [key: string]: Json } }
    },
    /** A form as a browser sends it from the storefront's own page. */
    form: (path: string, fields: Record<string, string>) =>
      ask(path, {
        method: 'POST',
        body: new URLSearchParams(fields),
        headers: { 'sec-fetch-site': 'same-origin', origin: ORIGIN },
      }),
    page: async (path: string) => (await ask(path, { headers: { accept: 'text/html' } }))?.text() ?? '',
    /** Usage as AWS's door hands it on, two wall seconds later so that no quota is near. */
    meter(...records: Json[]) {
      wall.now += 2_000
      return noted.marketplace.run({
        kind: 'api',
        operation: 'BatchMeterUsage',
        caller: { account: SELLER, region: 'us-east-1' },
        input: { UsageRecords: records },
      })
    },
    async close() {
      await store.value.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Buys the usage product for an account, active at once. */
export async function buyActive(front: TestFront, account = '000011112222') {
  const bought = await front.marketplace.run({
    kind: 'subscribe',
    product: 'usage',
    account,
    createdDelayMs: 0,
    licenseDelayMs: 0,
  })
  const agreement = bought.ok ? front.marketplace.state.agreements[bought.value.agreementId] : undefined
  if (agreement === undefined) throw new Error('not bought')
  return agreement
}
