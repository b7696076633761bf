/** The command line of `npm run ledger`: what is taken, and what is said of what is not. */
import { expect, test } from 'vitest'
import { lineOf, readGiven, SYNTAX, type CommandName } from '../../../commands/ledger/given.ts'
import { HELP } from '../../../commands/ledger/help.ts'

const ID = 'sub_0123456789ABCDEFGHIJKL'

test.each([
  ['list --product contract --state active --json', { command: 'list', json: true }],
  [`show ${ID} --month 2026-11`, { command: 'show', subscription: ID, flags: { month: '2026-11' } }],
  ['audit', { command: 'audit', subscription: undefined }],
  [`audit ${ID}`, { command: 'audit', subscription: ID }],
  [`move ${ID} api_calls_1k@2026-11-21T09 --why x`, { words: ['api_calls_1k@2026-11-21T09'] }],
  [`release ${ID} --stopped --why x`, { stopped: true }],
  ['replay 17 --why x', { subscription: undefined, words: ['17'] }],
  [`replay ${ID} app e1 --why x`, { subscription: ID, words: ['app', 'e1'] }],
])('%s is taken', (line, expected) => {
  expect(readGiven(line.split(' '))).toMatchObject({ ok: true, value: expected })
})

test.each([
  ['nope', /^there is no command "nope".*--help/],
  ['toString', /^there is no command "toString"/],
  ['show', /^write: npm run ledger -- show SUBSCRIPTION/],
  ['show sub_1', /^"sub_1" is no subscription: it is sub_ and 22 characters/],
  [`show ${ID} ${ID}`, /^write: npm run ledger -- show/],
  ['list --why x', /^list takes no --why: npm run ledger -- list/],
  [`hold ${ID} --stopped --why x`, /^hold takes no --stopped/],
  ['list --products x', /Unknown option '--products'.*--help/],
  ['list --product', /argument missing.*--help/],
  [`replay ${ID} --why x`, /^write: npm run ledger -- replay .* or a NUMBER of `refused`/],
  [`replay ${ID} app --why x`, /^write: npm run ledger -- replay/],
  [`move ${ID} --why x`, /^write: npm run ledger -- move SUBSCRIPTION RECORD/],
])('%s is refused by name', (line, sentence) => {
  expect(readGiven(line.split(' '))).toEqual({ ok: false, error: expect.stringMatching(sentence) })
})

test.each([[''], ['--help'], ['list --help'], ['-h']])('"%s" asks for help', (line) => {
  expect(readGiven(line.split(' ').filter((word) => word !== ''))).toEqual({ ok: true, value: 'help' })
})

test('every command has its line in the help, and every act its --why', () => {
  const names = Object.keys(SYNTAX) as CommandName[]
  expect(names.filter((name) => !new RegExp(`^  ${name} `, 'm').test(HELP))).toEqual([])
  const acts = names.filter((name) => lineOf(name).includes('--why TEXT'))
  expect(acts).toEqual([
    'retry',
    'move',
    'write-off',
    'evidence',
    'hold',
    'release',
    'void',
    'bill-aside',
    'drop-aside',
    'replay',
    'succeed',
    'restore-check',
  ])
})
