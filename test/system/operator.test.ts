/** A record that AWS refuses, from the list of what is parked to the bill, by the operator's own commands. Black box. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operatorKeyOf } from '../../shared/operator/key.ts'
import { signedFetch } from '../simulator/signed-fetch.ts'
import { type Ran, runLedger, valuesOf } from '../support/ledger-command.ts'
import { METER, purchase, unitsBilled, type Purchased } from '../support/purchase.ts'
import { removeFolder, ROOT, startSystem, type System } from '../support/system.ts'

let system: System
let struck: Purchased
let other: Purchased

const ledger = (...args: readonly string[]): Promise<Ran> => runLedger(system.folder, args)

beforeAll(async () => {
  system = await startSystem()
  struck = await purchase(system, { account: '000011112222' })
  other = await purchase(system, { account: '444455556666' })
})

afterAll(async () => {
  await system.stop()
  removeFolder(system.folder)
})

let made = 0

async function use({ application, marketplace }: Purchased, calls: number): Promise<void> {
  made += 1
  const report = { id: `e${made}`, meter: METER, quantity: calls, time: await marketplace.business() }
  expect((await application.plain(report)).status).toBe(200)
}

/** Somebody else with the seller's key writes this hour at AWS first: AWS answers ours with DuplicateRecord (money §8). */
async function writeByAnotherHand({ agreement, marketplace }: Purchased): Promise<void> {
  const demo = JSON.parse(readFileSync(join(system.folder, 'demo.json'), 'utf8')) as {
    accessKeyId: string
    secretAccessKey: string
  }
  const body = {
    UsageRecords: [
      {
        Timestamp: Math.floor((await marketplace.business()) / 1000),
        LicenseArn: agreement.license.arn,
        CustomerAWSAccountId: agreement.account,
        Dimension: 'api_calls_1k',
        Quantity: 1,
      },
    ],
  }
  const answer = await signedFetch(
    system.storefront,
    'AWSMPMeteringService.BatchMeterUsage',
    JSON.stringify(body),
    { credentials: demo },
  )
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('Success')])
}

interface ParkedLine {
  readonly subscription: string
  readonly kind: string
  readonly record: { readonly key: string; readonly dimension: string; readonly hour: number }
}

const parked = async (): Promise<readonly ParkedLine[]> =>
  valuesOf<ParkedLine>(await ledger('parked', '--json'))

test('a parked record is seen with its value and its remedy, holds up nobody, is moved through a kill, and is billed (money §9)', async () => {
  await use(struck, 15_000)
  await use(other, 13_000)
  await writeByAnotherHand(struck)
  await struck.marketplace.settle('hour')

  const list = await ledger('parked')
  expect(list).toMatchObject({ code: 0 })
  expect(list.out).toMatch(
    /parked: conflict +5 +\$0\.50 +yours: somebody else wrote this hour at AWS.*evidence/,
  )
  expect(await unitsBilled(other)).toBe(3)

  // The subscription's own next hour is billed as if nothing had been.
  await use(struck, 2_000)
  await struck.marketplace.settle('hour')
  expect(await unitsBilled(struck)).toBe(1 + 2)

  const [found] = await parked()
  const record = found?.record.key ?? ''
  const refused = await ledger('move', struck.subscription, record, '--why', 'the sender was a test')
  expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/Give evidence first/)])

  const evidence = [
    '--from',
    'cloudtrail',
    '--id',
    'event-1',
    '--says',
    'not recorded',
    '--why',
    'a test wrote it',
  ]
  expect(await ledger('evidence', struck.subscription, record, ...evidence)).toMatchObject({ code: 0 })
  const move = ['move', struck.subscription, record, '--why', 'it was never billed', '--act', 'move-00000001']
  const moved = await ledger(...move)
  expect(moved).toMatchObject({ code: 0, out: expect.stringMatching(/5 api_calls_1k .* is moved/) })
  const again = await ledger(...move)
  expect([again.code, again.out]).toEqual([
    0,
    expect.stringMatching(/^It was done at .*, entry 2: 5 api_calls_1k/),
  ])

  system.killAll()
  await system.exited
  const { folder, ports } = system
  system = await startSystem({ folder, ports })

  expect(await parked()).toEqual([])
  await struck.marketplace.settle('hour')
  expect(await unitsBilled(struck)).toBe(1 + 2 + 5)
  const audit = await ledger('audit')
  expect([audit.code, audit.out]).toEqual([
    0,
    expect.stringContaining('moved out 5 = moved in 5 + on its way 0'),
  ])
  const shown = await ledger('show', struck.subscription)
  expect(shown.out).toMatch(/5 moved from us-east-1\|license/)
  expect(shown.out).toMatch(/WHAT PERSONS DID[\s\S]*evidence[\s\S]*move/)
  // Some ten processes of commands and a second start.
}, 120_000)

test('every command that looks ends with 0 and prints rows a machine can read', async () => {
  for (const line of ['list', 'backlog', 'parked', 'refused', 'audit', 'run', `show ${other.subscription}`]) {
    const ran = await ledger(...line.split(' '), '--json')
    expect({ line, ...ran, values: valuesOf(ran).length }).toMatchObject({ line, code: 0 })
  }
  const lines = valuesOf<{ subscription: string; table: string }>(await ledger('export'))
  const tables = new Set(lines.map(({ table }) => table))
  expect([...tables]).toEqual(
    expect.arrayContaining(['subscription', 'records', 'lines', 'receipts', 'repairs', 'end']),
  )
  expect(new Set(lines.map(({ subscription }) => subscription))).toEqual(
    new Set([struck.subscription, other.subscription]),
  )
})

test('exit codes tell a refusal, a wrong line, silence and a wrong key apart', async () => {
  expect(await ledger('show', `sub_${'0'.repeat(22)}`)).toMatchObject({
    code: 1,
    err: expect.stringMatching(/no such subscription/),
  })
  expect(await ledger('list', '--product')).toMatchObject({ code: 2 })
  const silent = { TOLLGATE_URL: 'http://127.0.0.1:9', TOLLGATE_OPERATOR_KEY: operatorKeyOf('x'.repeat(43)) }
  expect(await runLedger(system.folder, ['list'], silent)).toMatchObject({ code: 3 })
  const wrong = { ...silent, TOLLGATE_URL: system.landing }
  expect(await runLedger(system.folder, ['list'], wrong)).toMatchObject({ code: 4 })
})

test('a Node that cannot run TypeScript is told so in one sentence', () => {
  const old = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"22.17.1"})'
  const ran = spawnSync(process.execPath, ['--import', old, join(ROOT, 'commands', 'ledger.mjs'), 'list'], {
    encoding: 'utf8',
    env: { ...process.env, TOLLGATE_BROUGHT_NODE: '1' },
  })
  expect([ran.status, ran.stderr.trim().split('\n')]).toEqual([
    2,
    [expect.stringMatching(/this is Node 22\.17\.1, which cannot run TypeScript/)],
  ])
})
