/** What `/status` of a task that runs for months reads: what is open, and nothing of what is over. */
import { expect, test } from 'vitest'
import { openTaskCore } from '../../../container/metering/core.ts'
import { readLeft, readMeterStatus } from '../../../container/metering/status.ts'
import type { DimensionTerms } from '../../../shared/ledger/terms.ts'
import type { Sql } from '../../../shared/sql.ts'
import { openNodeSql } from '../../../container/sql.ts'
import { Aws, at, count, dimension, drain, openCore, termsOf, used } from './stand.ts'

/** The rows that were read through it. */
function counting(sql: Sql): { readonly sql: Sql; readonly rows: () => number } {
  let rows = 0
  const all: Sql['all'] = (query, ...bindings) => {
    const found = sql.all<never>(query, ...bindings)
    rows += found.length
    return found
  }
  return { sql: { ...sql, all }, rows: () => rows }
}

test('a task that has run for longer reads no more for its status', () => {
  const sql = openNodeSql(':memory:')
  const [core, aws] = [openCore(sql, 'task/a', at(10)), new Aws()]
  const readAfter = (hour: number): number => {
    const read = counting(sql)
    readMeterStatus(read.sql, core, at(hour, 40))
    readLeft(read.sql, core, at(hour, 40))
    return read.rows()
  }
  const rows: number[] = []
  for (let hour = 10; hour < 90; hour += 1) {
    count(core, at(hour, 10), 3)
    drain(core, at(hour, 30), (request) => aws.take('task/a', request, at(hour, 30)))
    if (hour === 30 || hour === 80) rows.push(readAfter(hour))
  }
  expect(rows[0]).toBe(rows[1])
})

test('open is what no record has: parts of a unit, late usage, and what moves on', () => {
  const sql = openNodeSql(':memory:')
  const core = openCore(sql, 'task/a', at(10))
  const open = (now: number) => readMeterStatus(sql, core, now).open
  count(core, at(10, 5), 2.5)
  expect(open(at(10, 5))).toEqual({ api_call: '2.5' })
  core.runDue(at(11, 30))
  expect(open(at(11, 30))).toEqual({ api_call: '0.5' })
  // Late, into an hour that is closed.
  core.take({ kind: 'ids', events: [used(at(10, 50), 4)] }, at(11, 31))
  count(core, at(11, 32), 1)
  expect(open(at(11, 32))).toEqual({ api_call: '5.5' })
  core.runDue(at(12, 30))
  expect(open(at(12, 30))).toEqual({ api_call: '0.5' })
  // Nobody reached AWS: the first record's units go into the next one.
  core.runDue(at(16, 1))
  expect(open(at(16, 1))).toEqual({ api_call: '2.5' })
  expect(readLeft(sql, core, at(16, 1)).units).toEqual({ api_call: '7.5' })
})

test('of a charge that is no sum of units, open is what is due, and what no plan charges is not (money §11)', () => {
  const charged = (key: string, charge: DimensionTerms['charge'], plan?: string): DimensionTerms => ({
    ...dimension(key),
    charge,
    allowances: { team: { amount: '3', per: 'month' } },
    ...(plan === undefined ? {} : { plan }),
  })
  const sql = openNodeSql(':memory:')
  const terms = termsOf('task/a', {
    chargedBy: { plans: ['team', 'more'], defaultPlan: 'team' },
    dimensions: [
      charged('block', { kind: 'sum', meter: 'calls', block: '10' }),
      charged('beyond', { kind: 'sum', meter: 'calls', included: 'plan' }),
      charged('user', { kind: 'unique', meter: 'users' }, 'team'),
      charged('other', { kind: 'sum', meter: 'calls' }, 'more'),
    ],
  })
  const core = openTaskCore(sql, terms, at(10))
  const keyed = (id: string, key: string) =>
    ({ kind: 'key', source: 'app', id, meter: 'users', time: at(10, 5), key }) as const
  const events = [
    used(at(10, 5), 25, { meter: 'calls' }),
    keyed('a', 'u1'),
    keyed('b', 'u1'),
    keyed('c', 'u2'),
  ]
  expect(core.take({ kind: 'ids', events }, at(10, 5)).map(({ result }) => result)).toEqual(
    events.map(() => 'counted'),
  )
  expect(readMeterStatus(sql, core, at(10, 5)).open).toEqual({ block: '2', beyond: '22', user: '2' })
  core.runDue(at(11, 30))
  expect(readMeterStatus(sql, core, at(11, 30))).toMatchObject({ open: {}, waiting: 3 })
})
