/** Where a command goes and with which key: never a key to a place it was not made for. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findTarget } from '../../../commands/ledger/target.ts'
import { operatorKeyOf } from '../../../shared/operator/key.ts'

const KEY = operatorKeyOf('k'.repeat(43))
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tollgate-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, value: object): void => writeFileSync(join(folder, name), JSON.stringify(value))

test('a running start is found by its folder', () => {
  write('run.json', { group: 1, mark: 'x', startedMs: 1, landing: 'http://localhost:4712' })
  write('demo.json', { operatorKey: KEY })
  expect(findTarget({}, folder)).toEqual({ ok: true, value: { url: 'http://localhost:4712', key: KEY } })
})

test('without a running start the sentence says what to start or set', () => {
  write('demo.json', { operatorKey: KEY })
  expect(findTarget({}, folder)).toMatchObject({
    ok: false,
    error: { exit: 3, sentence: expect.stringMatching(/no `npm start` runs on .*--folder.*TOLLGATE_URL/) },
  })
})

test('a state of an older start has no key yet, and starting again makes one', () => {
  write('run.json', { landing: 'http://localhost:4712' })
  write('demo.json', { apiKey: 'tg_x' })
  expect(findTarget({}, folder)).toMatchObject({ ok: false, error: { exit: 4 } })
})

test('the environment names a deployment, and then the folder is not looked at', () => {
  write('run.json', { landing: 'http://localhost:4712' })
  write('demo.json', { operatorKey: KEY })
  const key = operatorKeyOf('d'.repeat(43))
  expect(
    findTarget({ TOLLGATE_URL: 'https://tollgate.example/', TOLLGATE_OPERATOR_KEY: key }, folder),
  ).toEqual({
    ok: true,
    value: { url: 'https://tollgate.example', key },
  })
})

test.each([
  [{ TOLLGATE_URL: 'https://tollgate.example' }, 4, /set both/],
  [{ TOLLGATE_OPERATOR_KEY: KEY }, 4, /set both/],
  [{ TOLLGATE_URL: 'http://tollgate.example', TOLLGATE_OPERATOR_KEY: KEY }, 2, /https:/],
  [{ TOLLGATE_URL: 'http://localhost.example', TOLLGATE_OPERATOR_KEY: KEY }, 2, /https:/],
  [{ TOLLGATE_URL: 'tollgate', TOLLGATE_OPERATOR_KEY: KEY }, 2, /https:/],
  [{ TOLLGATE_URL: 'https://tollgate.example', TOLLGATE_OPERATOR_KEY: 'tg_x' }, 4, /no operator key/],
])('%j is refused, and no key leaves this machine', (environment, exit, sentence) => {
  expect(findTarget(environment, folder)).toMatchObject({
    ok: false,
    error: { exit, sentence: expect.stringMatching(sentence) },
  })
})
