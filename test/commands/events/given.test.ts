/** The command line of `npm run events`. */
import { expect, test } from 'vitest'
import { readGiven } from '../../../commands/events/given.ts'

const SUBSCRIPTION = `sub_${'0'.repeat(22)}`

test.each([
  [['list'], { command: 'list', limit: 50, json: false }],
  [
    ['list', '--state', 'held', '--agreement', 'agmt-1', '--json'],
    { state: 'held', agreement: 'agmt-1', json: true },
  ],
  [['list', '--subscription', SUBSCRIPTION], { subscription: SUBSCRIPTION }],
  [['show', 'sns:1/2 3'], { command: 'show', word: 'sns:1/2 3' }],
  [['replay', 'a', '--why', 'missed', '--act', 'act-00001'], { word: 'a', why: 'missed', act: 'act-00001' }],
])('%j is read as it is meant', (args, given) => {
  expect(readGiven(args)).toMatchObject({ ok: true, value: given })
})

test.each([
  [['forget'], 'there is no command "forget"'],
  [['list', 'all'], '"all" is too much'],
  [['show'], 'show takes an event'],
  [['replay'], 'replay takes an event'],
  [['list', '--state', 'lost'], '--state is one of'],
  [['list', '--subscription', '1'], '--subscription is'],
  [['list', '--limit', '0'], '--limit is a number'],
  [['list', '--limt', '1'], '--limt'],
])('%j is refused with what is wrong', (args, sentence) => {
  const given = readGiven(args)
  expect(given.ok ? '' : given.error).toContain(sentence)
})
