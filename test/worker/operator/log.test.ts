/** The operator's audit log over the routes and its real object: what is no one Ledger's is written down too (money §9, design §5). */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, expect, test, vi } from 'vitest'
import type { Page, RepairEntry } from '../../../shared/ledger/repair.ts'
import type { Logged } from '../../../shared/operator/audit-log.ts'
import { Audit } from '../../../worker/index.ts'
import { AUDIT } from '../../../worker/audit/object.ts'
import { buy, SUBMITTER } from '../metering/stage.ts'
import { closeOperator, openOperator, type OperatorStage } from './stage.ts'

afterEach(closeOperator)

const by = (id: string) => ({ id, who: 'ada', why: 'ticket 7' })

const logOf = async (stage: OperatorStage): Promise<readonly RepairEntry[]> =>
  (await stage.get<Page<RepairEntry>>('/log')).body.rows

const findings = async (stage: OperatorStage): Promise<unknown> =>
  (await stage.get<{ findings: unknown }>('/log/audit')).body.findings

/** Asks the log as it is after its object was restarted. */
const restarted = <T>(
  work: (log: InstanceType<typeof Audit>, state: DurableObjectState) => Promise<T>,
): Promise<T> =>
  runInDurableObject(env.AUDIT.getByName(AUDIT), (_, state) => work(new Audit(state, env), state))

test('holding and releasing all that is sent is written down with who and why, before and after, in one chain', async () => {
  const stage = await openOperator()
  const held = await stage.post<Logged>('/sending/hold', by('act-hold-1'))
  const released = await stage.post<Logged>('/sending/release', by('act-free-1'))
  expect([held.status, released.status]).toEqual([200, 200])
  const rows = await logOf(stage)
  expect(rows.map(({ entry, kind, who, why }) => [entry, kind, who, why])).toEqual([
    [1, 'hold sending', 'ada', 'ticket 7'],
    [2, 'hold sending', 'ada', 'ticket 7'],
    [3, 'release sending', 'ada', 'ticket 7'],
    [4, 'release sending', 'ada', 'ticket 7'],
  ])
  expect(rows[1]?.sentence).toBe(`The Submitters ${SUBMITTER} send nothing until they are released.`)
  expect(rows.slice(1).map((row) => row.before)).toEqual(rows.slice(0, -1).map((row) => row.hash))
  expect([held.body.hash, released.body.hash]).toEqual([rows[1]?.hash, rows[3]?.hash])
  expect(await findings(stage)).toEqual([])
})

test('an act given again by its id is answered the same and done once, also after the log’s object was restarted', async () => {
  const stage = await openOperator()
  const first = await stage.post('/sending/hold', by('act-hold-1'))
  await stage.post('/sending/release', by('act-free-1'))
  const act = { ...by('act-hold-1'), kind: 'hold sending' } as const
  expect(await restarted((log) => log.begin(act))).toMatchObject({ kind: 'ended' })
  expect((await stage.post('/sending/hold', by('act-hold-1'))).body).toEqual(first.body)
  expect(await env.SUBMITTER.getByName(SUBMITTER).backlog()).toMatchObject({ stops: [] })
  expect((await logOf(stage)).length).toBe(4)
  const other = await stage.post<{ code: string }>('/sending/hold', { ...by('act-hold-1'), why: 'another' })
  expect([other.status, other.body.code]).toEqual([409, 'changed'])
})

test('an act that began and never ended is done when it is given again', async () => {
  const stage = await openOperator()
  await buy(1)
  await stage.post('/run')
  await restarted((log) => log.begin({ ...by('act-hold-1'), kind: 'hold sending' }))
  expect((await stage.post('/sending/hold', by('act-hold-1'))).status).toBe(200)
  expect((await logOf(stage)).map(({ entry, kind }) => [entry, kind])).toEqual([
    [1, 'hold sending'],
    [2, 'hold sending'],
  ])
})

test('a replay by number is written down with what it came to, and so is one that counted nothing', async () => {
  vi.spyOn(console, 'info').mockReturnValue()
  const stage = await openOperator()
  const asked = await stage.post<{ detail: string }>('/refused/9/replay', by('act-play-9'))
  expect([asked.status, asked.body.detail]).toEqual([404, expect.stringContaining('Nothing was done')])
  expect((await logOf(stage)).map(({ kind, subject, sentence }) => [kind, subject, sentence])).toEqual([
    ['replay', 'refused usage 9', 'refused usage 9: this begins.'],
    ['replay', 'refused usage 9', asked.body.detail],
  ])
})

test('a row that was changed behind the log’s back is named by the audit', async () => {
  const stage = await openOperator()
  await stage.post('/sending/hold', by('act-hold-1'))
  await restarted(async (_, state) => {
    expect(() => state.storage.sql.exec("UPDATE repairs SET who = 'eve'")).toThrow(/never changes/)
    expect(() => state.storage.sql.exec('DELETE FROM repairs')).toThrow(/never changes/)
    state.storage.sql.exec('DROP TRIGGER repairs_update')
    state.storage.sql.exec("UPDATE repairs SET who = 'eve' WHERE entry = 2")
  })
  expect(await findings(stage)).toMatchObject([{ subject: 'entry 2' }])
})
