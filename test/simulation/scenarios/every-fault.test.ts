/** Every fault of the list is played by a test that cites its number (G.2). */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const FAULTS = Array.from({ length: 37 }, (_, n) => n + 1)

test('each of the 37 faults is cited by the name of a test', () => {
  const cited = new Set(testNames().flatMap(faultsIn))
  expect(FAULTS.filter((fault) => !cited.has(fault))).toEqual([])
  expect([...cited].filter((fault) => !FAULTS.includes(fault))).toEqual([])
})

test.each([
  ['G.2 fault 12: at most 11 calls', [12]],
  ['once (money §1, G.2 faults 1 and 21)', [1, 21]],
  ['nothing is lost (G.2 faults 3 to 6)', [3, 4, 5, 6]],
  ['no fault of the list', []],
])('%s cites %j', (name, faults) => {
  expect(faultsIn(name)).toEqual(faults)
})

/** `G.2 fault 7`, `G.2 faults 7 and 8`, `G.2 faults 3 to 6`. */
function faultsIn(name: string): number[] {
  const [, first, word, last] = /G\.2 faults? (\d+)(?: (and|to) (\d+))?/.exec(name) ?? []
  if (first === undefined) return []
  const from = Number(first)
  if (last === undefined) return [from]
  const until = Number(last)
  return word === 'and' ? [from, until] : FAULTS.filter((fault) => fault >= from && fault <= until)
}

/** What stands in quotes behind `test(`, or behind the cases of `test.each`; this file's own names are none. */
function testNames(): string[] {
  const folder = resolve(import.meta.dirname, '../..')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(test|suite)\.ts$/.test(path) && join(folder, path) !== import.meta.filename)
    .flatMap((path) => readFileSync(join(folder, path), 'utf8').match(NAME) ?? [])
}

const NAME = /(?:\btest|\))\(\s*(['"`]).*?\1/g
