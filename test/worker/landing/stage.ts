/** The stage of the landing tests: a migrated D1, a set clock, ResolveCustomer stood in for, the log collected. */
import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, vi } from 'vitest'
import { createApp } from '../../../worker/app.ts'
import { clockAt, edgeAt, migrate, standIn, type TestClock, type WireCall } from '../support.ts'
import { Browser, customer } from './browser.ts'

export interface Stage {
  clock: TestClock
  wire: ReturnType<typeof standIn>
  /** How ResolveCustomer answers. */
  resolve: (call: WireCall) => Response | Promise<Response>
  /** Every line that was logged. */
  readonly logged: string[]
  browser(origin?: string): Browser
}

/** Sets the stage before each test of the file and clears it after. */
export function useStage(): Stage {
  const stage: Stage = {
    clock: clockAt('2026-11-21T12:00:00Z'),
    wire: standIn(() => Response.json({})),
    resolve: () => Response.json(customer()),
    logged: [],
    browser: (origin) => new Browser(createApp(edgeAt(stage.clock)), origin),
  }

  beforeEach(async () => {
    await migrate()
    stage.clock = clockAt('2026-11-21T12:00:00Z')
    stage.resolve = () => Response.json(customer())
    stage.wire = standIn((call) =>
      call.target === 'ResolveCustomer' ? stage.resolve(call) : Response.json({}),
    )
    vi.stubGlobal('fetch', stage.wire.fetch)
    stage.logged.length = 0
    for (const level of ['info', 'warn', 'error', 'log'] as const) {
      vi.spyOn(console, level).mockImplementation((line: unknown) => void stage.logged.push(String(line)))
    }
  })

  afterEach(async () => {
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
    await reset()
  })
  return stage
}

/** How many rows a table has. */
export async function countRows(table: string): Promise<number> {
  const row = await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<{ n: number }>()
  return row?.n ?? -1
}
