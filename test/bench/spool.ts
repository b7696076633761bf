/**
 * How many events a second a task's spool makes durable: with an fsync for each, and with group commit of what came at the
 * same time, as 100 events under a number or as one event under an id; beside them what the disk does alone.
 * `node test/bench/spool.ts`, about 5 s. On a disk, not in memory: TMPDIR says where.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCommit } from '../../container/spool/commit.ts'
import { choosePlace } from '../../container/spool/place.ts'
import { openSpool } from '../../container/spool/spool.ts'
import type { Batch, Ledger } from '../../shared/ledger/ledger.ts'
import type { UsageEvent } from '../../shared/usage/event.ts'
import { at, event, openWith } from '../shared/ledger/subject.ts'
import { median, print } from './line.ts'

/** Group commit against an fsync an event, at least. */
const GOAL = 80
const ROUNDS = 9
const EACH = 400
const CALLERS = 10_000
const GROUPS = 4
const BATCH = 100
const NOW = at('2026-11-02T10:30')
const TMPFS = 0x01021994

let sent = 0
const folder = mkdtempSync(join(tmpdir(), 'tollgate-spool-bench-'))
if (statfsSync(folder).type === TMPFS) console.error('TMPDIR is in memory, where fsync costs nothing.')

try {
  await measure()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function measure(): Promise<void> {
  const place = choosePlace([folder])
  if (!place.ok) throw new Error(place.error.why)
  const opened = openSpool<Ledger>({
    place: place.value,
    productCode: 'bench',
    identity: 'task/bench',
    clock: { monotonicMs: () => performance.now(), wallMs: () => Date.now(), every: () => () => {} },
    build: (sql) => openWith(sql),
  })
  if (!opened.ok) throw new Error(opened.error.why)
  const spool = opened.value
  const commit = openCommit({
    soon: (run) => void setImmediate(run),
    takeAll: (batches) =>
      spool.write((ledger, sql) => sql.transaction(() => batches.map((batch) => ledger.take(batch, NOW)))),
  })

  const append: number[] = []
  const each: number[] = []
  const grouped: number[] = []
  const batched: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    append.push(rateOf(EACH, appendEach()))
    const single = newEvents(EACH)
    let began = performance.now()
    for (const one of single) spool.write((ledger) => ledger.take({ kind: 'ids', events: [one] }, NOW))
    each.push(rateOf(EACH, performance.now() - began))

    const groups = Array.from({ length: GROUPS }, () => newEvents(CALLERS))
    began = performance.now()
    for (const group of groups)
      await Promise.all(group.map((one) => commit.take({ kind: 'ids', events: [one] })))
    grouped.push(rateOf(GROUPS * CALLERS, performance.now() - began))

    const sent = groups.map((group) => numbered(group))
    began = performance.now()
    for (const batches of sent) await Promise.all(batches.map((batch) => commit.take(batch)))
    batched.push(rateOf(GROUPS * CALLERS, performance.now() - began))
  }
  spool.close()

  const base = median(each)
  const lines = [
    ['spool-append-fsync', append, 0],
    ['spool-fsync-each', each, 0],
    ['spool-group-ids', grouped, 0],
    ['spool-group-sequence', batched, GOAL],
  ] as const
  for (const [id, rates, goal] of lines) {
    const value = median(rates)
    const ratio = value / base
    print({ id, value, unit: 'events/s', ratio, base: 'spool-fsync-each', ok: ratio >= goal })
  }
}

function rateOf(events: number, ms: number): number {
  return (events * 1000) / ms
}

function newEvents(count: number): UsageEvent[] {
  return Array.from({ length: count }, () => event(NOW, 1))
}

/** As senders count by themselves: 100 events under one number. */
function numbered(events: readonly UsageEvent[]): Batch[] {
  const batches: Batch[] = []
  for (let from = 0; from < events.length; from += BATCH) {
    sent += 1
    const own = events.slice(from, from + BATCH)
    batches.push({ kind: 'sequence', source: 'app', epoch: 'e', sequence: sent, events: own })
  }
  return batches
}

/** The disk by itself: a line appended and synchronized for each event. Milliseconds. */
function appendEach(): number {
  const file = openSync(join(folder, 'lines'), 'a')
  const began = performance.now()
  for (let at = 0; at < EACH; at += 1) {
    writeSync(file, `{"id":"event-${at}","meter":"calls","quantity":"1"}\n`)
    fdatasyncSync(file)
  }
  const ms = performance.now() - began
  closeSync(file)
  return ms
}
