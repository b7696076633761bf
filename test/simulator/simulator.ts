/** The simulator over HTTP for tests: its own state folder, an ephemeral loopback port, clocks the test moves. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { knownKeys } from '../../simulator/credentials.ts'
import type { Door } from '../../simulator/host.ts'
import type { Agreement } from '../../simulator/marketplace/model.ts'
import type { Launch } from '../../simulator/marketplace/task.ts'
import { startServer } from '../../simulator/server.ts'
import { taskRoutes } from '../../simulator/control/tasks.ts'
import { awsDoor } from '../../simulator/services/door.ts'
import { taskEndpoints } from '../../simulator/services/task-endpoints.ts'
import type { OidcTrust } from '../../simulator/services/web-identity.ts'
import type { Store } from '../../simulator/store.ts'
import { openStore } from '../../simulator/store.ts'
import { BUYER, NOON, SELLER, VIEW } from './market.ts'

export const SELLER_CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}

export const BUYER_CREDENTIALS = {
  accessKeyId: `AKIDBUYER${BUYER}`,
  secretAccessKey: `simulated-secret-of-buyer-${BUYER}`,
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-simulator-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface Simulator {
  readonly store: Store
  readonly url: string
  readonly queueUrl: string
  /** A purchase of `usage` whose License Updated has happened. */
  buyActive(product?: string): Promise<Agreement & { token: string }>
  /** A task of the buyer, with the environment its platform gives it. */
  readonly runTask: (
    launch: Launch,
    more?: { readonly product?: string; readonly region?: string; readonly account?: string },
  ) => Promise<RunTask>
}

export interface RunTask {
  readonly id: string
  readonly task: string
  readonly env: { readonly [name: string]: string }
  /** A pod's alone. */
  readonly token?: string
}

/** Its wall clock is the real one, its business time begins at `business`. All ends with the test. */
export async function openSimulator(
  business = NOON,
  doors: readonly Door[] = [],
  report: (error: unknown) => void = console.error,
  trust?: OidcTrust,
): Promise<Simulator> {
  const wall = () => Date.now()
  let started = false
  const firstTime = () => (started ? wall() : business)
  const onLost = (cause: unknown): never => {
    throw new Error('lost', { cause })
  }
  const opened = openStore({ folder: temporaryFolder(), wall: firstTime, seed: 1, onLost })
  if (!opened.ok) throw new Error(opened.error)
  started = true
  const store = opened.value
  await store.run({ kind: 'set_view', view: VIEW })

  const regions = new Set(['us-east-1'])
  const aws = awsDoor({ marketplace: store, keys: knownKeys(SELLER), regions, wall, trust })
  const own = [...doors, taskRoutes(store, wall), taskEndpoints(store, wall)]
  const server = await startServer({
    port: 0,
    aws,
    doors: own,
    clock: () => store.state.business,
    report,
  })
  if (!server.ok) throw new Error(server.error)
  onTestFinished(async () => {
    await server.value.close()
    await store.close()
  })
  const url = `http://127.0.0.1:${server.value.port}`
  return {
    store,
    url,
    queueUrl: `${url}/${SELLER}/marketplace-events`,
    async buyActive(product = 'usage') {
      const bought = await store.run({
        kind: 'subscribe',
        product,
        account: BUYER,
        licenseDelayMs: 0,
      })
      if (!bought.ok) throw new Error(bought.error.message)
      const agreement = store.state.agreements[bought.value.agreementId]
      if (agreement === undefined) throw new Error('no agreement')
      return { ...agreement, token: bought.value.token }
    },
    async runTask(launch, more = {}) {
      const answer = await fetch(`${url}/tasks`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ account: BUYER, launch, ...more }),
      })
      return (await answer.json()) as RunTask
    },
  }
}
