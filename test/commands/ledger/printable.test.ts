/** What others wrote, on an operator's terminal. */
import { expect, test } from 'vitest'
import { printable } from '../../../commands/ledger/printable.ts'
import { tableOf } from '../../../commands/ledger/table.ts'

const HOSTILE = 'a\u001B[2J\u009B2J\u202Etxt\u2066\u200B\u2028\r\u0007\u007F\tb\u{E0041}'

test('nothing that others wrote moves the terminal, hides or turns text around', () => {
  expect(printable(HOSTILE)).toBe(
    'a\\u001b[2J\\u009b2J\\u202etxt\\u2066\\u200b\\u2028\\u000d\\u0007\\u007f\\u0009b\\udb40\\udc41',
  )
})

test('JSON means the same after it, its lines stay, and ordinary text of any script is left alone', () => {
  const value = { id: HOSTILE, text: 'Zoë 用户 — “ok” 👍\n' }
  const text = JSON.stringify(value, null, 2)
  expect(JSON.parse(printable(text))).toEqual(value)
  expect(printable(text).split('\n')).toHaveLength(4)
  expect(printable('Zoë 用户 — “ok” 👍')).toBe('Zoë 用户 — “ok” 👍')
})

test('no row of a table looks like two, whoever chose what stands in it', () => {
  expect(tableOf([{ head: 'ID' }, { head: 'WHY' }], [['a\nevil  ok', '\u001B]0;x\u0007']])).toEqual([
    'ID           WHY',
    'a\\nevil  ok  \\u001b]0;x\\u0007',
  ])
})
