/** What is not written in any file: promises for later, code put aside, ways around the types, test names that promise nothing. */
import { expect, test } from 'vitest'
import { sources, textOf } from './support/repository.ts'

const SELF = 'test/words.test.ts'

const UNWANTED: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a promise for later', /\b(TODO|FIXME|HACK|XXX:)/],
  ['a banner line', /^\s*(\/\/|\*|#)\s*[-=*#~]{4,}/],
  [
    'code put aside',
    /^\s*\/\/\s*(import .* from|const \w+ =|let \w+ =|return\b.*\(|if \(.*\) \{|await \w+\(|\}\s*$)/,
  ],
  ['a way around the types', /\bas unknown as\b|\bas any\b|@ts-(ignore|nocheck|expect-error)/],
  ['a way around the linter', /(oxlint|eslint)-disable/],
  ['a test that is left out', /\b(test|it|describe)\.(only|todo|fails)\b/],
  ['a test name that says should or works', /\b(test|it)\((['"`])[^'"`]*\b(should|works)\b/],
]

test.each(UNWANTED)('no file has %s', (_, pattern) => {
  const found = sources
    .filter((file) => file !== SELF)
    .flatMap((file) =>
      textOf(file)
        .split('\n')
        .map((line, i) => ({ at: `${file}:${i + 1}`, line }))
        .filter(({ line }) => pattern.test(line)),
    )
  expect(found.map(({ at, line }) => `${at} ${line.trim()}`)).toEqual([])
})
