/** The command line of `npm run doctor`, and how its checks end. */
import { expect, test } from 'vitest'
import { exitOf, sayOf } from '../../../commands/doctor/check.ts'
import { readGiven } from '../../../commands/doctor/given.ts'
import { linesOf } from '../../../commands/doctor/report.ts'

test.each([
  [['--stack', 'prod'], { stack: 'prod', outputs: undefined, json: false }],
  [['--stack', 'eu-1', '--outputs', 'o.json', '--json'], { stack: 'eu-1', outputs: 'o.json', json: true }],
])('%j is read as it is meant', (args, given) => {
  expect(readGiven(args)).toEqual({ ok: true, value: given })
})

test.each([
  [[], '--stack is missing'],
  [['--stack', 'a b'], '--stack "a b" is no name'],
  [['--stack', 'prod', 'now'], 'now'],
  [['--stack', 'prod', '--fix'], '--fix'],
])('%j is refused with what is wrong', (args, sentence) => {
  const given = readGiven(args)
  expect(given.ok ? '' : given.error).toContain(sentence)
})

const say = sayOf('aws')
const ok = say.ok('account', 'well')
const wrong = say.wrong('rule', 'off', 'switch it on')
const unseen = say.unseen('role', { why: 'no right', remedy: 'another' })

test.each([
  [[ok], 0],
  [[ok, unseen], 3],
  [[ok, unseen, wrong], 1],
])('the exit code tells the worst that was found', (checks, exit) => {
  expect(exitOf(checks)).toBe(exit)
})

test('a person reads one line a check, and below what is wrong whose move it is and what to do', () => {
  expect(linesOf([ok, wrong, unseen])).toEqual([
    'AWS',
    '  ok      account: well',
    '  WRONG   rule: off',
    '          yours: switch it on',
    '  unseen  role: no right',
    '          yours: another',
    '',
    '1 wrong, 1 not looked at, 1 ok.',
  ])
})
