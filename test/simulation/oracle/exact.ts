/** How a history made by hand is held against the oracle: exact, wrong with one unit more, or wrong by a rule it names. */
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

/** What is wrong, the history, and the rules that are to be named. */
export type Wrong = readonly [sentence: string, one: Case & Told, rules: readonly string[]]

/** One test a history in which something is wrong: the oracle names these rules and no other. */
export function holdFound(rows: readonly Wrong[]): void {
  test.each(rows)('found: %s', (_sentence, one, rules) => {
    expect(
      judge(history(one))
        .map(({ rule }) => rule)
        .sort(),
    ).toEqual([...rules].sort())
  })
}
