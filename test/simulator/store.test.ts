/** The state on disk: what was answered is there after a kill, and a command costs the same however long the bill is. */
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import type { Store } from '../../simulator/store.ts'
import { openStore } from '../../simulator/store.ts'
import { BUYER, NOON, SELLER, VIEW, bodyOf } from './market.ts'
import { temporaryFolder } from './simulator.ts'

const options = (folder: string) => ({
  folder,
  wall: () => NOON,
  seed: 1,
  onLost: (cause: unknown): never => {
    throw new Error('lost', { cause })
  },
})

function open(folder: string): Store {
  const opened = openStore(options(folder))
  if (!opened.ok) throw new Error(opened.error)
  onTestFinished(() => opened.value.close().catch(() => undefined))
  return opened.value
}

/** What a kill at this instant leaves behind: the files as they are, in another folder. */
function killed(folder: string): string {
  const left = temporaryFolder()
  mkdirSync(left, { recursive: true })
  for (const name of readdirSync(folder))
    if (!name.endsWith('-shm')) copyFileSync(join(folder, name), join(left, name))
  return left
}

async function buy(store: Store): Promise<string> {
  const answer = await store.run({ kind: 'subscribe', product: 'usage', account: BUYER, licenseDelayMs: 0 })
  if (!answer.ok) throw new Error(answer.error.message)
  return answer.value.agreementId
}

const meter = (store: Store, agreementId: string, Quantity: number, Dimension = 'calls') =>
  store.run({
    kind: 'api',
    operation: 'BatchMeterUsage',
    caller: { account: SELLER, region: 'us-east-1' },
    input: {
      UsageRecords: [
        {
          Timestamp: store.state.business / 1000,
          CustomerAWSAccountId: BUYER,
          LicenseArn: store.state.agreements[agreementId]?.licenseArn ?? '',
          Dimension,
          Quantity,
        },
      ],
    },
  })

test('what was answered is there after a kill: bill, tokens, queue, pending events, business time', async () => {
  const folder = temporaryFolder()
  const store = open(folder)
  await store.run({ kind: 'set_view', view: VIEW })
  const id = await buy(store)
  await store.run({ kind: 'set_business_time', now: NOON + 5_000 })
  await store.run({ kind: 'set_fault', fault: { kind: 'throttle' }, on: 'ResolveCustomer' })
  await store.run({ kind: 'set_knobs', knobs: { tokenLifeMs: 3_600_000 } })
  expect((await meter(store, id, 5)).ok).toBe(true)

  const after = open(killed(folder))
  expect({ ...after.state, quotas: {} }).toEqual({ ...store.state, quotas: {} })
  expect(Object.values(after.state.bill).map((line) => line.quantity)).toEqual([5])
  expect(after.state.business).toBe(NOON + 5_000)
})

test('the retry after a kill is the identical one: the same MeteringRecordId, one record', async () => {
  const folder = temporaryFolder()
  const store = open(folder)
  await store.run({ kind: 'set_view', view: VIEW })
  const id = await buy(store)
  const first = bodyOf(await meter(store, id, 5))
  const after = open(killed(folder))
  expect(bodyOf(await meter(after, id, 5))).toEqual(first)
  expect(Object.keys(after.state.bill)).toHaveLength(1)
})

test('after a restart new ids go on where the old ones ended', async () => {
  const folder = temporaryFolder()
  const store = open(folder)
  await store.run({ kind: 'set_view', view: VIEW })
  await buy(store)
  const after = open(killed(folder))
  expect(await buy(after)).toBe(await buy(store))
  expect(Object.keys(after.state.agreements)).toHaveLength(2)
})

test('commands of one turn are answered after one commit, in their order', async () => {
  const folder = temporaryFolder()
  const store = open(folder)
  await store.run({ kind: 'set_view', view: VIEW })
  const id = await buy(store)
  const answers = await Promise.all([1, 2, 3].map((quantity) => meter(store, id, quantity)))
  expect(answers.map((answer) => (answer.ok ? 'ok' : answer.code))).toEqual(['ok', 'ok', 'ok'])
  const after = open(killed(folder))
  expect(Object.values(after.state.bill).map((line) => line.quantity)).toEqual([1])
})

test('a journal that outgrew its snapshot is replaced by a new one, and nothing changes', async () => {
  const folder = temporaryFolder()
  const store = open(folder)
  await store.run({ kind: 'set_view', view: VIEW })
  const id = await buy(store)
  const padding = 'x'.repeat(500_000)
  const caller = { account: SELLER, region: 'us-east-1' }
  for (let i = 0; i < 9; i++) {
    const input = { QueueUrl: 'http://x/y/marketplace-events', MessageBody: `${i}${padding}` }
    await store.run({ kind: 'api', operation: 'SendMessage', caller, input })
  }
  await meter(store, id, 5)
  const left = killed(folder)
  const after = open(left)
  expect({ ...after.state, quotas: {} }).toEqual({ ...store.state, quotas: {} })
  await after.close()
  const db = new DatabaseSync(join(left, 'marketplace.db'))
  const journal = Number(db.prepare('SELECT count(*) AS n FROM journal').get()?.['n'])
  db.close()
  expect(journal).toBeLessThan(5)
})

test('a refused command writes nothing', async () => {
  const folder = temporaryFolder()
  const store = open(folder)
  await store.run({ kind: 'set_view', view: VIEW })
  const id = await buy(store)
  await meter(store, id, 5, 'nope')
  await store.run({ kind: 'cancel', agreementId: 'agmt-none', by: 'buyer' })
  await store.close()
  const db = new DatabaseSync(join(folder, 'marketplace.db'))
  const rows = db.prepare('SELECT command FROM journal ORDER BY sequence').all()
  db.close()
  expect(rows.map((row) => (JSON.parse(String(row['command'])) as { kind: string }).kind)).toEqual([
    'set_view',
    'subscribe',
  ])
})

test('a folder that another simulator uses, or that holds no state, is told in one sentence', () => {
  const folder = temporaryFolder()
  open(folder)
  const second = openStore(options(folder))
  expect(second.ok ? '' : second.error).toMatch(
    /^another simulator uses .*: end it, or give another --state$/,
  )

  const broken = temporaryFolder()
  writeFileSync(
    join(broken, 'marketplace.db'),
    'this is no database, and long enough to be sure of it'.repeat(50),
  )
  const third = openStore(options(broken))
  expect(third.ok ? '' : third.error).toMatch(/cannot be used .*: give another --state$/)
})

test('a state of another version is refused, not misread', () => {
  const folder = temporaryFolder()
  const db = new DatabaseSync(join(folder, 'marketplace.db'))
  db.exec('CREATE TABLE snapshot (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL) STRICT')
  db.prepare('INSERT INTO snapshot VALUES (1, ?)').run('{"version":0}')
  db.close()
  const opened = openStore(options(folder))
  expect(opened.ok ? '' : opened.error).toMatch(/another version of the simulator: start with --fresh$/)
})

test('what a quota refused stays refused after a kill, also where a fault drew from chance before', async () => {
  const folder = temporaryFolder()
  const store = open(folder)
  await store.run({ kind: 'set_view', view: VIEW })
  const id = await buy(store)
  for (let i = 0; i < 10; i++) await meter(store, id, 1, 'nope')
  const fault = { kind: 'internal_error_before_commit' } as const
  await store.run({ kind: 'set_fault', fault, on: 'BatchMeterUsage', probability: 1e-9 })
  expect(await meter(store, id, 5)).toMatchObject({ code: 'ThrottlingException' })
  expect(open(killed(folder)).state.bill).toEqual({})
})
