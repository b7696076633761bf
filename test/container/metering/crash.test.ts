/** A task's process that dies between any two of its steps, and tasks that take over from dead ones (money §11; G.2 faults 31, 33, 37). */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { heldWhole, readOrphan } from '../../../container/metering/orphan.ts'
import { openNodeSql } from '../../../container/sql.ts'
import { HOUR_MS } from '../../../shared/hour.ts'
import type { Sql } from '../../../shared/sql.ts'
import { Aws, at, count, drain, live, openCore, refused, TEN, TIMEOUT } from './stand.ts'

const folder = mkdtempSync(join(tmpdir(), 'tollgate-core-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const newFile = (): string => join(folder, `ledger-${(files += 1)}.sqlite`)
const memory = () => openNodeSql(':memory:')

class Killed extends Error {}

/** Dies at its `after`-th transaction: before it begins, or just after it is on disk. */
function dying(sql: Sql, after: number, side: 'before' | 'after'): Sql & { readonly seen: () => number } {
  let transactions = 0
  let depth = 0
  return {
    seen: () => transactions,
    all: (text, ...params) => sql.all(text, ...params),
    script: (text) => sql.script(text),
    transaction(work) {
      if (depth > 0) return sql.transaction(work)
      transactions += 1
      if (transactions === after && side === 'before') throw new Killed()
      depth += 1
      try {
        const done = sql.transaction(work)
        if (transactions === after) throw new Killed()
        return done
      } finally {
        depth -= 1
      }
    },
  }
}

/** Three hours of a task whose process dies once, at the given step or call, and starts again on the same file. */
function lived(kill: { step?: [number, 'before' | 'after']; call?: [number, 'before' | 'after'] }) {
  const path = newFile()
  const aws = new Aws()
  let now = at(9)
  let told = 0
  let calls = 0
  let steps = 0
  let dead = false
  const life = (sql: Sql): void => {
    const core = openCore(sql, 'task/a', now)
    for (; now < at(14); now += HOUR_MS / 4) {
      if (now < at(12)) {
        const [answer] = core.take(
          {
            kind: 'ids',
            events: [
              {
                kind: 'quantity',
                source: 'app',
                id: `at ${now}`,
                meter: 'api_calls',
                time: now,
                quantity: 1_000_000n,
              },
            ],
          },
          now,
        )
        if (answer?.result === 'counted' || answer?.result === 'duplicate')
          told = Math.max(told, (now - at(9)) / (HOUR_MS / 4) + 1)
      }
      drain(core, now, (request) => {
        calls += 1
        if (!dead && calls === kill.call?.[0]) {
          dead = true
          if (kill.call[1] === 'after') aws.take('task/a', request, now)
          throw new Killed()
        }
        return aws.take('task/a', request, now)
      })
    }
    expect(core.audit()).toEqual([])
  }
  for (let run = 0; run < 2; run += 1) {
    const sql = openNodeSql(path)
    const [after, side] = run === 0 ? (kill.step ?? [0, 'before']) : [0, 'before' as const]
    const dies = dying(sql, after, side)
    try {
      life(dies)
      steps = dies.seen()
      sql.close()
      break
    } catch (error) {
      if (!(error instanceof Killed)) throw error
      sql.close()
    }
  }
  return { units: aws.units(), told, steps, calls, tokens: new Set(aws.tokens).size }
}

test('whichever transaction or call a process dies before or after, each unit is billed once (money §12)', () => {
  const whole = lived({})
  expect([whole.units, whole.told]).toEqual([12, 12])
  for (let step = 1; step <= whole.steps; step += 1)
    for (const side of ['before', 'after'] as const)
      expect([step, side, lived({ step: [step, side] }).units]).toEqual([step, side, 12])
  for (let call = 1; call <= whole.calls; call += 1)
    for (const side of ['before', 'after'] as const)
      expect([call, side, lived({ call: [call, side] }).units]).toEqual([call, side, 12])
})

/** A task with 5 units of 10:00 frozen and `trouble` met at 11:12, and 3 of 11:00 not frozen yet. */
function dead(trouble: 'nothing' | 'throttled' | 'unanswered' | 'killed in the call', sql = memory()): Sql {
  const core = openCore(sql, 'task/dead', at(9))
  count(core, at(10, 5), 5)
  core.runDue(at(11, 10))
  count(core, at(11, 12), 3.5)
  if (trouble === 'nothing') return sql
  core.runDue(at(11, 20))
  const call = core.next(at(11, 20))
  if (call === null) throw new Error('there is a record to send')
  if (trouble === 'killed in the call') return sql
  core.answered(call, trouble === 'throttled' ? refused('ThrottlingException') : TIMEOUT, at(11, 20))
  return sql
}

const orphanAt = (sql: Sql, now: number) => {
  const orphan = readOrphan(sql, now)
  if (orphan === null) throw new Error('there is a ledger')
  return orphan
}

test.each([
  ['nothing', 8, 0],
  ['throttled', 8, 0],
  ['unanswered', 3, 5],
  ['killed in the call', 3, 5],
] as const)(
  'of a dead task with %s sent a successor reports %d as its own and holds %d in doubt (money §11)',
  (trouble, units, doubt) => {
    const aws = new Aws()
    const core = openCore(memory(), 'task/b', at(9))
    const orphan = orphanAt(dead(trouble), at(12))
    const first = core.adopt(orphan, at(12))
    // A crash between the adoption and the folder's removal asks again.
    expect(core.adopt(orphan, at(12, 1))).toEqual(first)
    live(core, at(12), at(14), (request, now) => aws.take('task/b', request, now))
    expect(aws.quantity('task/b', at(12))).toBe(units)
    expect(first.held.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(doubt)
    expect(first.units).toEqual({
      api_call: trouble === 'unanswered' || trouble === 'killed in the call' ? '3.5' : '8.5',
    })
    expect(core.audit()).toEqual([])
  },
)

test('what a dead task left goes to one successor, also when that one dies before it was reported (money §11)', () => {
  const aws = new Aws()
  const second = memory()
  openCore(second, 'task/b', at(9)).adopt(orphanAt(dead('unanswered'), at(12)), at(12))
  const third = openCore(memory(), 'task/c', at(9))
  const row = third.adopt(orphanAt(second, at(12, 30)), at(12, 30))
  expect(row.units).toEqual({ api_call: '3.5' })
  // What the dead one before it held goes on to be shown, under its own name.
  expect(row.held).toEqual([{ task: 'task/dead', dimension: 'api_call', hour: TEN, quantity: 5 }])
  live(third, at(12, 30), at(14), (request, now) => aws.take('task/c', request, now))
  expect(aws.units()).toBe(3)
})

test('what lies exactly 6 hours back has expired and is shown; one millisecond less is taken over (money §11, G.2 fault 37)', () => {
  for (const [now, taken, expired] of [
    [TEN + 6 * HOUR_MS - 1, 2, []],
    [TEN + 6 * HOUR_MS, 1, ['5']],
    [TEN + 7 * HOUR_MS, 0, ['5', '3.5']],
    [TEN + 7 * 24 * HOUR_MS, 0, ['5', '3.5']],
  ] as const) {
    const orphan = orphanAt(dead('nothing'), now)
    expect([orphan.taken.length, orphan.expired.map(({ units }) => units)]).toEqual([taken, [...expired]])
  }
})

test('two ledgers of one task that died are taken over both: what counts them once is the ledger’s id, not the task’s (money §11)', () => {
  const core = openCore(memory(), 'task/b', at(9))
  core.adopt(orphanAt(dead('nothing'), at(12)), at(12))
  expect(core.adopt(orphanAt(dead('nothing'), at(12)), at(12)).units).toEqual({ api_call: '8.5' })
})

test('of a copy nothing is reported: all of it is shown in doubt, and its original can still be taken over (G.2 fault 33)', () => {
  const core = openCore(memory(), 'task/b', at(9))
  const orphan = orphanAt(dead('nothing'), at(12))
  const copy = core.adopt(heldWhole(orphan), at(12))
  expect([copy.units, copy.held.map(({ quantity }) => quantity)]).toEqual([{}, [5, 3]])
  expect(core.adopt(orphan, at(12)).units).toEqual({ api_call: '8.5' })
})

test('another product’s usage is never counted here, but shown (money §11)', () => {
  const core = openCore(memory(), 'task/b', at(9), { productCode: 'another' })
  const row = core.adopt(orphanAt(dead('nothing'), at(12)), at(12))
  expect([row.units, row.expired.map(({ units }) => units)]).toEqual([{}, ['5', '3.5']])
})

test.each([
  ['nothing', 8, 'moved', at(12)],
  ['killed in the call', 3, 'doubtful', at(12)],
  ['nothing', 0, 'parked', TEN + 8 * HOUR_MS],
] as const)(
  'an agent that goes on with the ledger of a dead one that met %s reports %d as its own (money §11)',
  (trouble, units, state, now) => {
    const aws = new Aws()
    const sql = dead(trouble)
    const agent = openCore(sql, 'task/agent', now)
    count(agent, now + 60_000, 0)
    live(agent, now, now + 3 * HOUR_MS, (request, when) => aws.take('task/agent', request, when))
    expect([...aws.records.keys()].every((key) => key.startsWith('task/agent|'))).toBe(true)
    expect(aws.units()).toBe(units)
    const old = agent.ledger.records({ limit: 9 }).find((record) => record.hour === TEN)
    expect(old?.state).toBe(state)
    expect(agent.audit()).toEqual([])
    // Opened again, it is its own.
    const same = openCore(sql, 'task/agent', now + 3 * HOUR_MS)
    expect(same.ledger.status().orderVersion).toBe(agent.ledger.status().orderVersion)
  },
)

test('a file without a ledger, and one whose process died while it was laid, leave nothing', () => {
  expect(readOrphan(memory(), at(12))).toBe(null)
})
