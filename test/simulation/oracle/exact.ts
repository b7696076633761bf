/** How a bill computed by hand is held against the oracle: exact as it is, and wrong with one unit more. */
import { expect, test } from 'vitest'
import { type Case, history, type Row, type Told } from './cases.ts'
import { sentenceOf } from './finding.ts'
import { judge } from './judge.ts'

/** One test a bill, and a second one for the same bill with one unit more in its first record. */
export function holdExact(rows: readonly Row[]): void {
  test.each(rows)('exact: %s', (_sentence, one) => {
    expect(judge(history(one)).map(sentenceOf)).toEqual([])
  })
  test.each(rows.flatMap(([sentence, one]) => withOneMore(sentence, one)))(
    'one unit more is seen: %s',
    (_sentence, one) => {
      expect(judge(history(one))).not.toEqual([])
    },
  )
}

function withOneMore(sentence: string, one: Case & Told): Row[] {
  const [first, ...others] = one.subscriptions ?? [one]
  const [record, ...records] = first?.records ?? []
  if (record === undefined) return []
  const more = { ...first, records: [{ ...record, units: record.units + 1 }, ...records] }
  return [[sentence, { ...one, subscriptions: [more, ...others] }]]
}
