/** The oracle is written apart (money §13). */
import { expect, test } from 'vitest'
import { files, importsOf, textOf } from '../../support/repository.ts'

const HOME = 'test/simulation/oracle/'

test('the oracle imports nothing of the code it judges, not even a type', () => {
  const sources = files.filter((file) => file.startsWith(HOME) && file.endsWith('.ts'))
  const targets = sources.flatMap((file) => importsOf(file, textOf(file)).map(({ target }) => target))
  expect(sources.length).toBeGreaterThan(10)
  expect([...new Set(targets)].filter((target) => !target.startsWith(HOME)).sort()).toEqual([
    'shared/seller.ts',
    'test/simulation/history.ts',
    'test/support/repository.ts',
    'vitest',
  ])
})

test('what happened in a seed is told in plain data, without a word of the ledger', () => {
  expect(
    importsOf('test/simulation/history.ts', textOf('test/simulation/history.ts')).map(({ target }) => target),
  ).toEqual(['shared/seller.ts'])
})
