/** The list of breakages fits the code: who moves a line that is broken on purpose hears of it in the gate. */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { CHECKS } from './breakage.ts'
import { BREAKAGES } from './list.ts'

const ROOT = resolve(import.meta.dirname, '../..')

test('each line that is broken on purpose is in its file exactly once', () => {
  const astray = BREAKAGES.filter(
    ({ file, line }) => readFileSync(resolve(ROOT, file), 'utf8').split(line).length !== 2,
  )
  expect(astray.map(({ name, file }) => `${file}: ${name}`)).toEqual([])
})

test('no two breakages have one name, and each changes something', () => {
  expect(new Set(BREAKAGES.map(({ name }) => name)).size).toBe(BREAKAGES.length)
  expect(BREAKAGES.filter(({ line, becomes }) => line === becomes)).toEqual([])
})

test('each check names tests that are there: one that finds none fails, and would catch anything', () => {
  const named = Object.values(CHECKS).flatMap((check) => check.filter((word) => word.startsWith('test/')))
  expect(named.length).toBeGreaterThanOrEqual(Object.keys(CHECKS).length)
  expect(named.filter((path) => !existsSync(resolve(ROOT, path)))).toEqual([])
})
