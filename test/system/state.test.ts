/** What the state folder keeps: everything, over a stop, a kill and a start; and what --fresh forgets. Black box. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { marketplaceAt } from '../support/marketplace.ts'
import { METER, purchase, unitsBilled, unitsDue } from '../support/purchase.ts'
import { newFolder, removeFolder, startSystem } from '../support/system.ts'

const folder = newFolder()
afterAll(() => removeFolder(folder))

// Miniflare 5 takes version 4's option without a word and keeps nothing: this test is what would notice.
test('subscription, usage, bill, business time and API key survive a kill and a start; --fresh forgets them', async () => {
  const first = await startSystem({ folder })
  const account = (await marketplaceAt(first.storefront).accounts())[0]?.account ?? ''
  const bought = await purchase(first, { account })
  const { marketplace, application, buyer } = bought
  const reports = [30_000, 12_345].map((quantity, at) => ({
    id: `kept-${at}`,
    meter: METER,
    quantity,
    time: 0,
  }))
  for (const report of reports) report.time = await marketplace.business()
  await application.batch(reports.slice(0, 1))
  await marketplace.settle('hour')
  const late = await marketplace.business()
  for (const report of reports.slice(1)) report.time = late
  await application.batch(reports.slice(1))
  first.killAll()
  await first.ended

  const second = await startSystem({ folder, ports: first.ports })
  expect(second.apiKey).toBe(first.apiKey)
  expect(await marketplace.business()).toBeGreaterThanOrEqual(late)
  expect((await buyer.get('/subscription')).text).toMatch(/\bactive\b/i)
  const again = await application.batch(reports)
  expect(again.body).toMatchObject({ results: [{ result: 'duplicate' }, { result: 'duplicate' }] })
  expect((await marketplace.settle('hour')).settled).toBe(true)
  expect(await unitsBilled(bought)).toBe(unitsDue(reports))
  expect(await second.stop()).toBe(0)

  const third = await startSystem({ folder, ports: first.ports, flags: ['--fresh'] })
  expect(third.apiKey).not.toBe(first.apiKey)
  expect(await marketplace.agreements()).toEqual([])
  expect((await marketplace.bill()).lines).toEqual([])
  expect(await third.stop()).toBe(0)
})

test('what is kept is readable by its owner only, also in a folder that was open to everybody', async () => {
  const open = newFolder()
  mkdirSync(open, { mode: 0o755 })
  const system = await startSystem({ folder: open })
  const names = readdirSync(open, { recursive: true, encoding: 'utf8' })
  const readable = names.filter((name) => (statSync(join(open, name)).mode & 0o077) !== 0)
  expect(names.length).toBeGreaterThan(10)
  expect(readable).toEqual([])
  expect(await system.stop()).toBe(0)
  removeFolder(open)
})

test('the secrets of a state folder are readable by their owner only, and nothing of them is printed but the API key', async () => {
  const system = await startSystem({ folder })
  const file = join(folder, 'demo.json')
  expect(statSync(file).mode & 0o077).toBe(0)
  const { apiKey, ...secrets } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>
  expect(system.output()).toContain(apiKey)
  for (const secret of Object.values(secrets)) expect(system.output()).not.toContain(secret)
  expect(await system.stop()).toBe(0)
  expect(existsSync(join(folder, 'run.json'))).toBe(false)
})
