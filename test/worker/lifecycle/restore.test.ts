/** D1 restored to what it was 6 hours before (Time Travel): what is decided behind it is news to everybody (G.2 fault 29). */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { deliverOrders } from '../../../worker/metering/orders.ts'
import { licenseArn } from '../landing/browser.ts'
import { created, deprovisioned, updated } from './marketplace.ts'
import { only, orders, rows, T, useStage } from './stage.ts'

const stage = useStage()
const HOUR = 3_600_000
const TABLES = ['subscriptions', 'orders', 'outbox', 'inbox', 'identities', 'switches', 'registrations']

type Tables = readonly (readonly [table: string, rows: readonly Record<string, unknown>[]])[]

const bookmark = (): Promise<Tables> =>
  Promise.all(
    TABLES.map(async (table) => [table, await rows<Record<string, unknown>>(`SELECT * FROM ${table}`)]),
  )

const restore = (tables: Tables) =>
  env.DB.batch([
    ...TABLES.toReversed().map((table) => env.DB.prepare(`DELETE FROM ${table}`)),
    ...tables.flatMap(([table, list]) =>
      list.map((row) =>
        env.DB.prepare(
          `INSERT INTO ${table} (${Object.keys(row).join()}) VALUES (${Object.keys(row)
            .map(() => '?')
            .join()})`,
        ).bind(...Object.values(row)),
      ),
    ),
  ])

const told = async () =>
  (await rows<{ kind: string; body: string }>('SELECT kind, body FROM outbox ORDER BY rowid')).map(
    ({ kind, body }) => [kind, JSON.parse(body).version] as const,
  )

test('what is decided behind a restore has a version above all before it: no Ledger and no receiver takes it for old', async () => {
  stage.edge = {
    ...stage.edge,
    settings: { ...stage.edge.settings, webhookUrl: 'https://app.example/hooks' },
  }
  await stage.arrive()
  await stage.poll(created(T('14:23:22')), updated(T('14:24:23')))
  await deliverOrders(stage.edge)
  const before = await bookmark()

  for (const hour of [1, 2, 3]) {
    stage.clock.business += HOUR
    await stage.poll(updated(T(`1${4 + hour}:40:00`), { license: licenseArn('bcd'[hour - 1] ?? 'b') }))
    await deliverOrders(stage.edge)
  }
  const lost = await only()
  const ledger = env.LEDGER.getByName(lost.id)
  expect((await ledger.status()).orderVersion).toBe((await orders()).at(-1)?.version)

  stage.clock.business += 3 * HOUR
  await restore(before)
  await stage.poll(deprovisioned(T('20:29:00')))
  await deliverOrders(stage.edge)
  expect((await only()).version).toBeGreaterThan(lost.version)
  const [last] = (await orders()).slice(-1)
  expect(last?.end?.cause).toBe('deprovisioned')
  expect((await ledger.status()).orderVersion).toBe(last?.version)
  expect(await told()).toEqual([
    ['subscription.granted', expect.any(Number)],
    ['subscription.revoked', last?.version],
  ])
})
