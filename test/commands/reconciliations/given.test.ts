/** The command line of `npm run reconciliations`. */
import { expect, test } from 'vitest'
import { readGiven } from '../../../commands/reconciliations/given.ts'

test.each([
  [[], { command: 'list', limit: 20, json: false }],
  [['list', '--limit', '200', '--json'], { command: 'list', limit: 200, json: true }],
  [['--folder', 'here'], { folder: 'here' }],
])('%j is read as it is meant', (args, given) => {
  expect(readGiven(args)).toMatchObject({ ok: true, value: given })
})

test.each([
  [['repair'], 'there is no command "repair"'],
  [['list', 'all'], '"all" is too much'],
  [['list', '--limit', '201'], '--limit is a number'],
  [['list', '--limt', '1'], '--limt'],
])('%j is refused with what is wrong', (args, sentence) => {
  const given = readGiven(args)
  expect(given.ok ? '' : given.error).toContain(sentence)
})
