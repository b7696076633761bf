/** A real file system of 1 MB that fills up and turns read-only (G.2 fault 32). Linux, for who may mount; elsewhere skipped. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { SpoolError } from '../../../container/metering/meter.ts'
import { choosePlace, type Place } from '../../../container/spool/place.ts'
import { openSpool } from '../../../container/spool/spool.ts'
import type { Journal } from '../../../container/sql.ts'
import { buildCore, CODE, count, counted, handClock, openTask } from './subject.ts'

const mount = (...args: string[]): boolean => spawnSync('mount', args).status === 0
let root = ''
let isMounted = false

// Not while the file is read: a run of other tests reads it too, and never comes to the end of this one.
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'tollgate-mounted-'))
  isMounted = process.platform === 'linux' && mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', root)
})

afterAll(() => {
  if (isMounted) expect(spawnSync('umount', [root]).status).toBe(0)
  rmSync(root, { recursive: true, force: true })
})

beforeEach(({ skip }) => skip(!isMounted, 'this process may not mount'))

function placeOf(journal: Journal): Place {
  const chosen = choosePlace([root])
  if (!chosen.ok) throw new Error(chosen.error.why)
  return { ...chosen.value, journal }
}

test.each(['wal', 'delete'] as const)(
  'a full disk (journal %s) refuses usage until there is room again, and every count it took is there once',
  (journal) => {
    const clock = handClock()
    const spool = openTask(placeOf(journal), `task/${journal}`, clock)
    const ballast = join(root, 'ballast')
    count(spool, 'before')
    expect(() => writeFileSync(ballast, Buffer.alloc(2 ** 20))).toThrow('ENOSPC')
    const taken: string[] = []
    const refused = (() => {
      for (let at = 0; at < 10_000; at += 1) {
        const id = `${at}-${'x'.repeat(2_000)}`
        try {
          count(spool, id)
          taken.push(id)
        } catch (error) {
          return error
        }
      }
    })()
    expect(refused).toBeInstanceOf(SpoolError)
    expect(spool.status()).toMatchObject({ state: 'degraded', why: expect.stringContaining('is full') })
    rmSync(ballast)
    expect(count(spool, 'after')).toBe(true)
    expect(Object.keys(counted(spool)).toSorted()).toEqual(['after', 'before', ...taken].toSorted())
    expect(spool.status().state).toBe('ok')
  },
)

test('a disk that is full at the start refuses the spool in words, and makes nothing by halves (G.2 fault 32)', () => {
  const clock = handClock()
  const ballast = join(root, 'ballast')
  const place = placeOf('wal')
  expect(() => writeFileSync(ballast, Buffer.alloc(2 ** 20))).toThrow('ENOSPC')
  const options = { place, productCode: CODE, identity: 'task/late', clock, build: buildCore }
  expect(openSpool(options)).toMatchObject({ ok: false, error: { kind: 'full' } })
  rmSync(ballast)
  expect(count(openTask(place, 'task/late', clock), 'a')).toBe(true)
})

test.each(['wal', 'delete'] as const)(
  'a task that starts again on a full disk (journal %s) has all it had, and counts on when there is room',
  (journal) => {
    const clock = handClock()
    const place = placeOf(journal)
    const ballast = join(root, 'ballast')
    const first = openTask(place, `task/again-${journal}`, clock)
    count(first, 'a')
    expect(() => writeFileSync(ballast, Buffer.alloc(2 ** 20))).toThrow('ENOSPC')
    first.close()
    expect(choosePlace([root])).toEqual({ ok: true, value: { ...place, journal: 'wal' } })
    const again = openTask(place, `task/again-${journal}`, clock)
    expect(counted(again)).toEqual({ a: 1 })
    rmSync(ballast)
    expect(count(again, 'b')).toBe(true)
  },
)

test('a read-only volume is refused in words; mounted writable it has all it had', () => {
  const clock = handClock()
  const place = placeOf('delete')
  const options = { place, productCode: CODE, identity: 'task/read-only', clock, build: buildCore }
  const first = openTask(place, options.identity, clock)
  count(first, 'a')
  first.close()
  expect(mount('-o', 'remount,ro', root)).toBe(true)
  expect(openSpool(options)).toMatchObject({ ok: false, error: { kind: 'refused' } })
  expect(choosePlace([root])).toMatchObject({ ok: false, error: { why: expect.stringContaining('EROFS') } })
  expect(mount('-o', 'remount,rw', root)).toBe(true)
  const back = openTask(place, options.identity, clock)
  expect(counted(back)).toEqual({ a: 1 })
  expect(count(back, 'b')).toBe(true)
})
