/** `npm run feedback`: its command line, and how what buyers wrote is printed. */
import { expect, test } from 'vitest'
import { readGiven } from '../../../commands/feedback/given.ts'
import { linesOf } from '../../../commands/feedback/list.ts'

test('the newest twenty are listed unless something else is said', () => {
  const given = { command: 'list', limit: '20', after: undefined, json: false, folder: undefined }
  expect(readGiven([])).toEqual({ ok: true, value: given })
  expect(readGiven(['list', '--limit', '5', '--after', '7', '--json', '--folder', 'x'])).toEqual({
    ok: true,
    value: { ...given, limit: '5', after: '7', json: true, folder: 'x' },
  })
  expect(readGiven(['-h'])).toEqual({ ok: true, value: 'help' })
})

test.each([['gone'], ['list', 'more'], ['--limit', '0'], ['--limit', '201'], ['--after', 'x'], ['--what']])(
  'the command line %j %j is refused with a sentence',
  (...args) => {
    expect(readGiven(args.filter((one) => one !== undefined))).toMatchObject({ ok: false })
  },
)

test('no line of a buyer’s looks like one of ours, and nothing in it moves the terminal', () => {
  const lines = linesOf({
    number: 1,
    subscription: 'sub_x',
    product: 'subscription',
    kind: 'idea',
    score: null,
    message: 'one\n2026-01-01  praise\u001B[2J\u202Etwo',
    at: Date.parse('2026-11-21T12:00:00Z'),
    email: null,
  })
  expect(lines).toEqual([
    '2026-11-21 12:00:00  idea  no score  sub_x  erased',
    '  one',
    '  2026-01-01  praise [2J two',
    '',
  ])
})
