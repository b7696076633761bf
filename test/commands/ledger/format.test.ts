/** What a person reads and types: times, hours, dollars, names of records, tables. */
import { expect, test } from 'vitest'
import {
  dollarText,
  hourText,
  readHour,
  readRecordName,
  spanText,
  timeText,
} from '../../../commands/ledger/format.ts'
import { listOf, tableOf } from '../../../commands/ledger/table.ts'

const HOUR = Date.UTC(2026, 10, 21, 9)

test.each([
  ['2026-11-21T09', HOUR],
  ['2026-11-21T09:00', HOUR],
  ['2026-11-21T09:00:00Z', HOUR],
  ['2026-11-21T09:00:00.000Z', HOUR],
  ['2026-11-21T09:30', undefined],
  ['2026-11-21T24', undefined],
  ['2026-02-30T09', undefined],
  ['2026-11-21', undefined],
  ['', undefined],
])('the hour %s is read as it is written, or not at all', (text, ms) => {
  expect(readHour(text)).toBe(ms)
  if (ms !== undefined) expect(readHour(hourText(ms))).toBe(ms)
})

const record = { key: `us-east-1|license|arn:x|1|calls|${HOUR}`, dimension: 'calls', hour: HOUR }

test.each([
  ['calls@2026-11-21T09', true],
  [record.key, true],
  ['calls@2026-11-21T10', false],
  ['Calls@2026-11-21T09', false],
  [record.key.replace('us-east-1', 'eu-west-1'), false],
])('%s names that record: %s', (text, named) => {
  expect(readRecordName(text)?.matches(record)).toBe(named)
})

test.each(['calls', 'calls@', '@2026-11-21T09', 'calls@now', 'a|b', `a|${HOUR + 1}`, 'a|b@2026-11-21T09'])(
  '%s names no record',
  (text) => {
    expect(readRecordName(text)).toBeUndefined()
  },
)

test('dollars keep every decimal that is not 0, and never fewer than two', () => {
  expect([dollarText('0'), dollarText('1.5'), dollarText('12.000000000000'), dollarText('0.000100')]).toEqual(
    ['$0.00', '$1.50', '$12.00', '$0.0001'],
  )
})

test('spans and times are short', () => {
  expect([spanText(1), spanText(59_000), spanText(60_001), spanText(3_600_000)]).toEqual([
    '1 s',
    '59 s',
    '2 min',
    '1.0 h',
  ])
  expect([timeText(HOUR + 1_500), timeText(null)]).toEqual(['2026-11-21 09:00:01', '-'])
})

test('columns line up, numbers to the right, and nothing is cut', () => {
  const columns = [{ head: 'A' }, { head: 'N', number: true }, { head: 'LAST' }]
  expect(
    tableOf(columns, [
      ['long name', '5', 'x'],
      ['b', '1000', 'a sentence'],
    ]),
  ).toEqual(['A             N  LAST', 'long name     5  x', 'b          1000  a sentence'])
  expect(tableOf(columns, [])).toEqual([])
})

test('a list that was cut says where the rest is, and one that was not says nothing', () => {
  const rows = [['a'], ['b']]
  expect(listOf([{ head: 'ID' }], rows, 3)).toEqual(['ID', 'a', 'b'])
  expect(listOf([{ head: 'ID' }], rows, 2).at(-1)).toBe('These are 2, and there may be more: see --limit.')
})
