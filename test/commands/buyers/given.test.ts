/** The command line of `npm run buyers`. */
import { expect, test } from 'vitest'
import { readGiven } from '../../../commands/buyers/given.ts'

const ACCOUNT = '012345678901'

test.each([
  [
    ['export', ACCOUNT, '--why', 'he asked'],
    { command: 'export', account: ACCOUNT, why: 'he asked', json: false },
  ],
  [
    ['erase', ACCOUNT, '--why', 'he asked', '--act', 'erase-0001', '--json'],
    { command: 'erase', act: 'erase-0001', json: true },
  ],
])('%j is read as it is meant', (args, given) => {
  expect(readGiven(args)).toMatchObject({ ok: true, value: given })
})

test.each([
  [['forget', ACCOUNT], 'there is no command "forget"'],
  [['erase', ACCOUNT, 'all', '--why', 'x'], '"all" is too much'],
  [['erase', '--why', 'x'], 'erase takes an AWS account'],
  [['erase', '12345678901', '--why', 'x'], 'erase takes an AWS account'],
  [['export', ACCOUNT], 'say why'],
  [['export', ACCOUNT, '--why', ' '], 'say why'],
  [['export', ACCOUNT, '--wy', 'x'], '--wy'],
])('%j is refused with what is wrong', (args, sentence) => {
  const given = readGiven(args)
  expect(given.ok ? '' : given.error).toContain(sentence)
})
