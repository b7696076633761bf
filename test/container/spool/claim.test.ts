/** What a dead task left is claimed by one successor and adopted exactly once, whatever dies on the way (money §11, G.2 faults 33 and 37). */
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import {
  type Claims,
  type DeadTask,
  openClaims,
  WATCHED_MAX,
  wasTakenOver,
} from '../../../container/spool/claim.ts'
import { CLOSED_MS, DEAD_MS } from '../../../container/spool/heartbeat.ts'
import { openHeir } from '../../../container/spool/inherit.ts'
import { filesOf, hashOf, readOwner, shelvesOf } from '../../../container/spool/owner.ts'
import type { Place } from '../../../container/spool/place.ts'
import { openSpool, type Spool } from '../../../container/spool/spool.ts'
import type { Sql } from '../../../shared/sql.ts'
import {
  buildCore,
  CODE,
  type Core,
  count,
  counted,
  type HandClock,
  handClock,
  newVolume,
  openTask,
  readCounts,
} from './subject.ts'

const hasAdopted = (sql: Sql, { folder }: DeadTask): boolean =>
  sql.all('SELECT 1 FROM adopted WHERE folder = ?', folder).length > 0

/** Takes all counts under names made from the dead task, once; a copy's are held, and none taken. */
function adoptInto(core: Core, dead: DeadTask): void {
  core.sql.transaction(() => {
    if (hasAdopted(core.sql, dead)) return
    core.sql.all('INSERT INTO adopted VALUES (?)', dead.folder)
    const kind = dead.copy === null ? 'of' : 'in doubt of'
    for (const [id, units] of Object.entries(readCounts(dead.sql)))
      core.count(`${id} ${kind} ${dead.identity}`, units)
  })
}

interface Steps {
  /** Dies before, or after, the adoption is in the claimant's ledger. */
  readonly dies?: 'before' | 'after'
}

const DIED = new Error('the process died here')

function claimsOf(
  place: Place,
  spool: Spool<Core>,
  clock: HandClock,
  { dies }: Steps = {},
  closedMs = 0,
): Claims {
  return openClaims({
    place,
    productCode: CODE,
    folder: spool.folder,
    monotonicMs: () => clock.monotonicMs(),
    closedMs,
    mayClaim: () => spool.mayCall().ok,
    hasAdopted,
    adopt(dead) {
      if (dies === 'before') throw DIED
      spool.write((core) => adoptInto(core, dead))
      if (dies === 'after') throw DIED
    },
  })
}

/** A task that counted something and was killed: its lock is gone, and nothing says that it ended. */
function killed(place: Place, identity: string, clock: HandClock, id = 'a'): string {
  const opened = openSpool({ place, productCode: CODE, identity, clock, build: buildCore })
  if (!opened.ok) throw new Error(opened.error.why)
  count(opened.value, id)
  opened.value.close()
  rmSync(filesOf(opened.value.folder).closed)
  return opened.value.folder
}

const doneIn = (place: Place): string[] => {
  const { done } = shelvesOf(place.root, CODE)
  return existsSync(done) ? readdirSync(done) : []
}

test('a task that ended in order is taken over at the first look, and its folder put away unchanged', () => {
  const [place, clock] = [newVolume(), handClock()]
  const dead = openTask(place, 'task/1', clock)
  count(dead, 'a', 5)
  dead.close()
  const spool = openTask(place, 'task/2', clock)
  expect(claimsOf(place, spool, clock).look()).toEqual(['Took over what the task task/1 left.'])
  expect(counted(spool)).toEqual({ 'a of task/1': 5 })
  expect(existsSync(dead.folder)).toBe(false)
  expect(doneIn(place)).toHaveLength(1)
  expect(claimsOf(place, spool, clock).look()).toEqual([])
  expect(['task/1', 'task/2'].map((task) => wasTakenOver(place, CODE, task))).toEqual([true, false])
})

test.each([
  ['a millisecond before', CLOSED_MS - 1, 0],
  ['at', CLOSED_MS, 1],
])('a task that ended in order has 15 seconds to be started again on its own file: %s', (_, ms, taken) => {
  const [place, clock] = [newVolume(), handClock()]
  const dead = openTask(place, 'task/1', clock)
  count(dead, 'a', 5)
  dead.close()
  const claims = claimsOf(place, openTask(place, 'task/2', clock), clock, {}, CLOSED_MS)
  expect(claims.look()).toEqual([])
  clock.pass(ms)
  expect(claims.look()).toHaveLength(taken)
})

test('a task that lives is never taken over, however often it is looked at', () => {
  const [place, clock] = [newVolume(), handClock()]
  const alive = openTask(place, 'task/1', clock)
  const spool = openTask(place, 'task/2', clock)
  const claims = claimsOf(place, spool, clock)
  for (let at = 0; at < 20; at += 1) {
    clock.pass(60_000)
    expect(claims.look()).toEqual([])
  }
  expect(count(alive, 'a')).toBe(true)
})

test('a task that was stopped and keeps its lock is not taken over: it may go on at any moment', () => {
  const [place, clock] = [newVolume(), handClock()]
  openTask(place, 'task/1', clock)
  const spool = openTask(place, 'task/2', clock)
  const claims = claimsOf(place, spool, clock)
  claims.look()
  clock.stall(2 * DEAD_MS)
  spool.tend()
  expect(claims.look()).toEqual([])
})

test.each([
  ['a millisecond before', DEAD_MS - 1, []],
  ['at', DEAD_MS, ['Took over what the task task/1 left.']],
])('a killed task is dead after 3 minutes of silence on the claimant’s own clock: %s', (_, ms, said) => {
  const [place, clock] = [newVolume(), handClock()]
  killed(place, 'task/1', clock)
  const spool = openTask(place, 'task/2', clock)
  const claims = claimsOf(place, spool, clock)
  expect(claims.look()).toEqual([])
  clock.pass(ms)
  spool.tend()
  expect(claims.look()).toEqual(said)
})

test('who may not be sure of its own folder claims nothing', () => {
  const [place, clock] = [newVolume(), handClock()]
  const dead = openTask(place, 'task/1', clock)
  dead.close()
  const spool = openTask(place, 'task/2', clock)
  clock.stall(60_001)
  expect(claimsOf(place, spool, clock).look()).toEqual([])
  expect(existsSync(dead.folder)).toBe(true)
})

test('of two that claim at once one gets it, and the other goes on', () => {
  const [place, clock] = [newVolume(), handClock()]
  const dead = openTask(place, 'task/1', clock)
  count(dead, 'a', 5)
  dead.close()
  const [one, two] = [openTask(place, 'task/2', clock), openTask(place, 'task/3', clock)]
  const other = claimsOf(place, two, clock)
  let said: readonly string[] = ['not asked']
  const first = openClaims({
    place,
    productCode: CODE,
    folder: one.folder,
    monotonicMs: () => clock.monotonicMs(),
    closedMs: 0,
    mayClaim: () => true,
    hasAdopted,
    adopt(dead) {
      said = other.look()
      one.write((core) => adoptInto(core, dead))
    },
  })
  expect(first.look()).toHaveLength(1)
  expect(said).toEqual([])
  expect([counted(one), counted(two)]).toEqual([{ 'a of task/1': 5 }, {}])
})

/** The steps of a claim, each with what a crash right behind it leaves; the claimant starts again in its task. */
test.each<readonly [string, Steps, (place: Place) => void]>([
  ['the rename', { dies: 'before' }, () => {}],
  ['the adoption', { dies: 'after' }, () => {}],
  ['the mark', {}, backToClaimed],
])('a crash after %s adopts exactly once', (_, steps, undo) => {
  const [place, clock] = [newVolume(), handClock()]
  const dead = openTask(place, 'task/1', clock)
  count(dead, 'a', 5)
  dead.close()
  const claimant = openTask(place, 'task/2', clock)
  const first = claimsOf(place, claimant, clock, steps)
  if (steps.dies === undefined) first.look()
  else expect(() => first.look()).toThrow(DIED)
  undo(place)
  claimant.close()

  const again = openTask(place, 'task/2', clock)
  expect(claimsOf(place, again, clock).look()).toEqual(['Took over what the task task/1 left.'])
  expect(counted(again)).toEqual({ 'a of task/1': 5 })
  expect(doneIn(place)).toHaveLength(1)
  expect(readdirSync(filesOf(again.folder).claimed)).toEqual([])
})

/** As before the last step: adopted and marked, not put away yet. */
function backToClaimed(place: Place): void {
  const { done } = shelvesOf(place.root, CODE)
  for (const name of readdirSync(done))
    renameSync(
      join(done, name),
      join(filesOf(join(shelvesOf(place.root, CODE).tasks, hashOf('task/2'))).claimed, name),
    )
}

test.each<readonly [string, 'before' | 'after', Record<string, number>]>([
  ['not adopted', 'before', { 'a of task/1': 5, 'b of task/2': 1 }],
  ['adopted', 'after', { 'a of task/1 of task/2': 5, 'b of task/2': 1 }],
])('what a dead task had claimed and %s comes to its successor once', (_, dies, expected) => {
  const [place, clock] = [newVolume(), handClock()]
  const first = openTask(place, 'task/1', clock)
  count(first, 'a', 5)
  first.close()
  const second = openTask(place, 'task/2', clock)
  count(second, 'b')
  expect(() => claimsOf(place, second, clock, { dies }).look()).toThrow(DIED)
  second.close()
  const third = openTask(place, 'task/3', clock)
  expect(claimsOf(place, third, clock).look().length).toBeGreaterThan(0)
  expect(counted(third)).toEqual(expected)
  expect(doneIn(place)).toHaveLength(2)
  expect(claimsOf(place, third, clock).look()).toEqual([])
})

test('a chain of tasks, each killed while it held the last one’s folder, comes to the end of it whole', () => {
  const [place, clock] = [newVolume(), handClock()]
  const depth = 20
  for (let at = 0; at < depth; at += 1) {
    const task = openTask(place, `task/${at}`, clock)
    count(task, `own-${at}`)
    const claims = claimsOf(place, task, clock, { dies: 'before' })
    if (at > 0) expect(() => claims.look()).toThrow(DIED)
    task.close()
  }
  const last = openTask(place, 'task/last', clock)
  claimsOf(place, last, clock).look()
  expect(Object.keys(counted(last)).toSorted()).toEqual(
    Array.from({ length: depth }, (_, at) => `own-${at} of task/${at}`).toSorted(),
  )
})

test('a spool copied to two tasks is held in doubt: neither what it counted nor its twin’s is taken twice (fault 33)', () => {
  const [place, other, clock] = [newVolume(), newVolume(), handClock()]
  killed(place, 'task/1', clock)
  cpSync(join(place.root, CODE), join(other.root, CODE), { recursive: true })
  const [here, there] = [openTask(place, 'task/2', clock), openTask(other, 'task/3', clock)]
  const both = [claimsOf(place, here, clock), claimsOf(other, there, clock)]
  for (const claims of both) expect(claims.look()).toEqual([])
  clock.pass(DEAD_MS)
  expect(both.map((claims) => claims.look())).toEqual([
    ['Took over what the task task/1 left.'],
    [
      'A folder is a copy of that of task/1: it was made on another volume. What it holds is shown in doubt and not reported.',
    ],
  ])
  expect([counted(here), counted(there)]).toEqual([{ 'a of task/1': 1 }, { 'a in doubt of task/1': 1 }])
})

test('a folder that says nothing is left alone', () => {
  const [place, clock] = [newVolume(), handClock()]
  const { tasks } = shelvesOf(place.root, CODE)
  const spool = openTask(place, 'task/2', clock)
  mkdirSync(join(tasks, hashOf('task/1')))
  writeFileSync(join(tasks, hashOf('task/1'), 'owner.json'), '{ "torn')
  mkdirSync(join(tasks, '.new-task'))
  expect(claimsOf(place, spool, clock).look()).toEqual([])
  expect(readdirSync(tasks)).toHaveLength(3)
})

test('a folder whose ledger cannot be read is said in a sentence, and holds up no other', () => {
  const [place, clock] = [newVolume(), handClock()]
  for (const identity of ['task/1', 'task/3']) openTask(place, identity, clock).close()
  const broken = join(shelvesOf(place.root, CODE).tasks, hashOf('task/1'))
  cpSync(join(broken, 'owner.json'), join(broken, 'ledger.sqlite'))
  const spool = openTask(place, 'task/2', clock)
  const said = claimsOf(place, spool, clock).look()
  expect(said.toSorted()).toEqual([
    'Took over what the task task/3 left.',
    `What ${basename(broken)} left on the volume cannot be taken over yet: Error: file is not a database. It is tried again.`,
  ])
})

test('among many siblings a task watches the next ones by name, and all of them have a watcher', () => {
  const [place, clock] = [newVolume(), handClock()]
  const { tasks } = shelvesOf(place.root, CODE)
  const spool = openTask(place, 'task/2', clock)
  for (let at = 0; at < WATCHED_MAX + 10; at += 1) openTask(place, `old/${at}`, clock).close()
  const claims = claimsOf(place, spool, clock)
  expect(claims.look()).toHaveLength(WATCHED_MAX)
  expect(claims.look()).toHaveLength(10)
  expect(readdirSync(tasks)).toEqual([basename(spool.folder)])
})

test('a new agent waits until the one before it is dead, then goes on with the same file (money §11)', () => {
  const [place, clock] = [newVolume(), handClock()]
  killed(place, 'pod/1', clock)
  const heir = (identity: string) =>
    openHeir({ place, productCode: CODE, identity, monotonicMs: () => clock.monotonicMs() })
  const second = heir('pod/2')
  expect(second.look()).toMatchObject({ kind: 'waiting', why: expect.stringContaining('pod/1') })
  clock.pass(DEAD_MS)
  expect(second.look()).toEqual({ kind: 'ready', from: 'pod/1' })
  const spool = openTask(place, 'pod/2', clock)
  expect(counted(spool)).toEqual({ a: 1 })
  expect(spool.read((core) => core.about.fresh)).toBe(false)
  expect(readOwner(spool.folder)).toMatchObject({ identity: 'pod/2', heir: null })
  expect(heir('pod/3').look()).toMatchObject({ kind: 'waiting' })
})

test('agents that die before they open what they inherited leave it to the next, never as a copy', () => {
  const [place, clock] = [newVolume(), handClock()]
  const first = openTask(place, 'pod/1', clock)
  count(first, 'a')
  first.close()
  for (const identity of ['pod/2', 'pod/3', 'pod/4']) {
    const heir = openHeir({ place, productCode: CODE, identity, monotonicMs: () => clock.monotonicMs() })
    expect(heir.look()).toMatchObject({ kind: 'ready', from: expect.stringMatching(/^pod\/[123]$/) })
  }
  expect(counted(openTask(place, 'pod/4', clock))).toEqual({ a: 1 })
})

test('the first agent of a volume waits for nobody', () => {
  const [place, clock] = [newVolume(), handClock()]
  const heir = openHeir({
    place,
    productCode: CODE,
    identity: 'pod/1',
    monotonicMs: () => clock.monotonicMs(),
  })
  expect(heir.look()).toEqual({ kind: 'ready', from: null })
})
