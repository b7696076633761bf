/** One task's folder: one process, a lease, and a disk that fails (money §11, G.2 fault 32). Faults are real; some only Linux can cause. */
import {
  closeSync,
  constants,
  cpSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { SpoolError } from '../../../container/metering/meter.ts'
import { hashOf, readOwner, writeOwner } from '../../../container/spool/owner.ts'
import { choosePlace } from '../../../container/spool/place.ts'
import { openSpool, RETRY_MS } from '../../../container/spool/spool.ts'
import { buildCore, CODE, count, counted, handClock, newVolume, openTask } from './subject.ts'

/** /proc shows which descriptor is which file; /dev/full has no room, and /dev/null cannot be synchronized. */
const onLinux = test.skipIf(process.platform !== 'linux')
const JOURNALS = [
  ['wal', '-wal'],
  ['delete', '-journal'],
] as const

test('a folder belongs to one process: a second one is told so, and does no harm', () => {
  const place = newVolume()
  const clock = handClock()
  const first = openTask(place, 'task/1', clock)
  count(first, 'a')
  const second = openSpool({ place, productCode: CODE, identity: 'task/1', clock, build: buildCore })
  expect(second).toEqual({
    ok: false,
    error: {
      kind: 'locked',
      why: `Another process has the ledger in ${first.folder} open. Nothing was counted yet. Platform team: run one process for each task and folder.`,
    },
  })
  expect(count(first, 'b')).toBe(true)
  expect(counted(first)).toEqual({ a: 1, b: 1 })
})

test('another task on the same volume has a folder of its own', () => {
  const place = newVolume()
  const clock = handClock()
  const [first, second] = [openTask(place, 'task/1', clock), openTask(place, 'task/2', clock)]
  count(first, 'a')
  expect(counted(second)).toEqual({})
  expect(first.folder).toBe(join(place.root, CODE, 'tasks', hashOf('task/1')))
})

test('a container that starts again in its task finds its counts, and is not told that its file is new', () => {
  const place = newVolume()
  const clock = handClock()
  const first = openTask(place, 'task/1', clock)
  expect(first.read((core) => core.about.fresh)).toBe(true)
  count(first, 'a')
  first.close()
  expect(readdirSync(first.folder)).toContain('closed')
  const again = openTask(place, 'task/1', clock)
  expect(again.read((core) => core.about.fresh)).toBe(false)
  expect(readdirSync(again.folder)).not.toContain('closed')
  expect(counted(again)).toEqual({ a: 1 })
})

test('a sign of life is written at the start and then every 12 s', () => {
  const clock = handClock()
  const spool = openTask(newVolume(), 'task/1', clock)
  const alive = () => readFileSync(join(spool.folder, 'alive'), 'utf8')
  const seen = [alive()]
  for (const ms of [11_999, 1, 12_000]) {
    clock.pass(ms)
    seen.push(alive())
  }
  expect(seen[1]).toBe(seen[0])
  expect(new Set(seen).size).toBe(3)
})

test('a call may be made up to 60 s after the last sign of life, and not a millisecond later (money §11)', () => {
  const clock = handClock()
  const spool = openTask(newVolume(), 'task/1', clock)
  clock.stall(60_000)
  expect(spool.mayCall()).toEqual({ ok: true, value: null })
  clock.stall(1)
  expect(spool.mayCall()).toEqual({
    ok: false,
    error: `No sign of life could be written into ${spool.folder} for 60 s, so another task may take it over: nothing is sent to AWS until one is. Platform team: look at the volume.`,
  })
  expect(spool.status()).toMatchObject({ state: 'degraded', why: expect.stringContaining('No sign of life') })
  spool.tend()
  expect(spool.mayCall().ok).toBe(true)
})

test('the lease runs from before the write: one that took a minute is a minute old', () => {
  const clock = handClock()
  const place = newVolume()
  let looks = Number.NEGATIVE_INFINITY
  const spool = openTask(place, 'task/1', {
    ...clock,
    monotonicMs() {
      const now = clock.monotonicMs()
      looks += 1
      // The first look finds that it is due, the second stands before the write.
      if (looks === 2) clock.stall(61_000)
      return now
    },
  })
  clock.stall(12_000)
  looks = 0
  spool.tend()
  expect(looks).toBe(2)
  expect(spool.mayCall().ok).toBe(false)
})

test('who lost its folder makes no call, writes nothing into it, and begins a new one', () => {
  const place = newVolume()
  const clock = handClock()
  const spool = openTask(place, 'task/1', clock)
  count(spool, 'a')
  const taken = join(place.root, 'taken')
  renameSync(spool.folder, taken)
  const alive = readFileSync(join(taken, 'alive'), 'utf8')
  expect(spool.mayCall()).toMatchObject({ ok: false, error: expect.stringContaining('took it over') })
  expect(() => count(spool, 'b')).toThrow(SpoolError)
  clock.pass(RETRY_MS)
  expect(count(spool, 'b')).toBe(true)
  expect(counted(spool)).toEqual({ b: 1 })
  expect(spool.read((core) => core.about.fresh)).toBe(true)
  expect(spool.mayCall().ok).toBe(true)
  expect(readFileSync(join(taken, 'alive'), 'utf8')).toBe(alive)
})

test('a volume that goes away is waited for: usage is refused meanwhile, and none of it lost after', () => {
  const place = newVolume()
  const clock = handClock()
  const spool = openTask(place, 'task/1', clock)
  count(spool, 'a')
  renameSync(place.root, `${place.root}-away`)
  onTestFinished(() => rmSync(`${place.root}-away`, { recursive: true, force: true }))
  clock.pass(RETRY_MS)
  expect(() => count(spool, 'b')).toThrow(SpoolError)
  expect(spool.status()).toMatchObject({
    state: 'memory',
    why: expect.stringContaining('look at the volume'),
  })
  expect(spool.mayCall().ok).toBe(false)
  renameSync(`${place.root}-away`, place.root)
  clock.pass(RETRY_MS)
  expect(count(spool, 'b')).toBe(true)
  expect(counted(spool)).toEqual({ a: 1, b: 1 })
  expect(spool.status()).toEqual({ folder: spool.folder, state: 'ok', why: null })
})

test('another volume in the place of the first is not written to', () => {
  const place = newVolume()
  const clock = handClock()
  const spool = openTask(place, 'task/1', clock)
  renameSync(place.root, `${place.root}-away`)
  onTestFinished(() => rmSync(`${place.root}-away`, { recursive: true, force: true }))
  expect(choosePlace([place.root]).ok).toBe(true)
  clock.pass(10 * RETRY_MS)
  expect(() => count(spool, 'a')).toThrow(SpoolError)
  expect(readdirSync(place.root)).toEqual(['volume.id'])
})

test('a copy that stands where its own folder was is put aside unread, and a new one begun (G.2 fault 33)', () => {
  const place = newVolume()
  const clock = handClock()
  const first = openTask(place, 'task/1', clock)
  count(first, 'a')
  first.close()
  cpSync(first.folder, `${first.folder}-backup`, { recursive: true })
  rmSync(first.folder, { recursive: true })
  renameSync(`${first.folder}-backup`, first.folder)
  const again = openTask(place, 'task/1', clock)
  expect(counted(again)).toEqual({})
  expect(again.read((core) => core.about.fresh)).toBe(true)
  const names = readdirSync(join(place.root, CODE, 'tasks'))
  expect(names.filter((name) => name.startsWith(`${hashOf('task/1')}.copy-`))).toHaveLength(1)
})

onLinux.each(JOURNALS)(
  'a full disk (journal %s): nothing of the write is counted, the state says why, and it goes on once there is room',
  (journal, ending) => {
    const clock = handClock()
    const spool = openTask(newVolume(journal), 'task/1', clock)
    count(spool, 'a')
    const restore = swap(join(spool.folder, `ledger.sqlite${ending}`), '/dev/full')
    expect(() => count(spool, 'b')).toThrow(SpoolError)
    expect(spool.status()).toMatchObject({ state: 'degraded', why: expect.stringContaining('is full') })
    expect(spool.mayCall().ok).toBe(true)
    restore()
    expect(counted(spool)).toEqual({ a: 1 })
    expect(spool.status().state).toBe('degraded')
    expect(count(spool, 'b')).toBe(true)
    expect(counted(spool)).toEqual({ a: 1, b: 1 })
    expect(spool.status().state).toBe('ok')
  },
)

onLinux.each(JOURNALS)(
  'a failed fsync (journal %s): the file is not trusted, a whole copy of it is gone on with, and nothing is lost',
  (journal, ending) => {
    const clock = handClock()
    const place = newVolume(journal)
    const spool = openTask(place, 'task/1', clock)
    count(spool, 'a')
    swap(join(spool.folder, `ledger.sqlite${ending}`), '/dev/null')
    clock.stall(RETRY_MS)
    expect(() => count(spool, 'b')).toThrow('could not confirm a write')
    expect(readdirSync(spool.folder)).toContain('ledger-2.sqlite')
    expect(readdirSync(spool.folder)).not.toContain('ledger.sqlite')
    expect(spool.status().state).toBe('degraded')
    count(spool, 'b')
    expect(count(spool, 'b')).toBe(false)
    expect(spool.status().state).toBe('ok')
    spool.close()
    expect(counted(openTask(place, 'task/1', clock))).toEqual({ a: 1, b: 1 })
  },
)

onLinux('an I/O error at a write: the file is opened again, and nothing acknowledged is lost', () => {
  const clock = handClock()
  const spool = openTask(newVolume(), 'task/1', clock)
  count(spool, 'a')
  // A descriptor that may only read fails as a disk does.
  swap(join(spool.folder, 'ledger.sqlite-wal'), '/dev/null', constants.O_RDONLY)
  clock.stall(RETRY_MS)
  expect(() => count(spool, 'b')).toThrow('Reading or writing')
  expect(spool.status().state).toBe('degraded')
  expect(count(spool, 'b')).toBe(true)
  expect(counted(spool)).toEqual({ a: 1, b: 1 })
  expect(readdirSync(spool.folder)).toContain('ledger.sqlite')
})

test.each([
  ['before the copy is whole', 'ledger-2.sqlite.new'],
  ['before owner.json names the copy', 'ledger-2.sqlite'],
])('a crash %s leaves the old file, and the draft is removed', (_, left) => {
  const place = newVolume()
  const clock = handClock()
  const first = openTask(place, 'task/1', clock)
  count(first, 'a')
  first.close()
  cpSync(join(first.folder, 'ledger.sqlite'), join(first.folder, left))
  const again = openTask(place, 'task/1', clock)
  expect(counted(again)).toEqual({ a: 1 })
  expect(readdirSync(again.folder)).not.toContain(left)
})

test('a crash after owner.json names the copy goes on in the copy, and the old file is removed', () => {
  const place = newVolume()
  const clock = handClock()
  const first = openTask(place, 'task/1', clock)
  count(first, 'a')
  first.close()
  const copy = join(first.folder, 'ledger-2.sqlite')
  cpSync(join(first.folder, 'ledger.sqlite'), copy)
  const owner = readOwner(first.folder)
  if (owner === null) throw new Error('no owner')
  writeOwner(first.folder, { ...owner, ledger: 'ledger-2.sqlite', inode: String(statSync(copy).ino) })
  const again = openTask(place, 'task/1', clock)
  expect(counted(again)).toEqual({ a: 1 })
  const ledgers = readdirSync(again.folder).filter((name) => name.startsWith('ledger'))
  expect(ledgers.every((name) => name.startsWith('ledger-2.sqlite'))).toBe(true)
})

test('an error that is not the disk’s is thrown as it is, and the spool goes on', () => {
  const spool = openTask(newVolume(), 'task/1', handClock())
  expect(() =>
    spool.write(() => {
      throw new Error('of our own')
    }),
  ).toThrow('of our own')
  expect(count(spool, 'a')).toBe(true)
  expect(spool.status().state).toBe('ok')
})

/** Puts another file under a descriptor that SQLite has open; answers what takes it back. */
function swap(path: string, by: string, flags: number = constants.O_RDWR): () => void {
  const held = readdirSync('/proc/self/fd').filter((fd) => linkOf(fd) === path)
  expect(held.length).toBeGreaterThan(0)
  const put = (to: string, flags: number): void => {
    for (const fd of held) {
      closeSync(Number(fd))
      expect(openSync(to, flags)).toBe(Number(fd))
    }
  }
  put(by, flags)
  return () => put(path, constants.O_RDWR)
}

function linkOf(fd: string): string | null {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return null
  }
}
