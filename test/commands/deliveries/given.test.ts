/** The command line of `npm run deliveries`. */
import { expect, test } from 'vitest'
import { readGiven } from '../../../commands/deliveries/given.ts'

const ID = `dlv_${'0123456789abcdef'.repeat(2)}`

test.each([
  [['list'], { command: 'list', limit: 50, json: false }],
  [
    ['list', '--state', 'parked', '--channel', 'mail', '--json'],
    { state: 'parked', channel: 'mail', json: true },
  ],
  [['show', ID], { command: 'show', word: ID }],
  [['redeliver', ID, '--why', 'repaired'], { command: 'redeliver', word: ID, why: 'repaired' }],
  [['redeliver', 'parked', '--channel', 'webhook'], { word: 'parked', channel: 'webhook' }],
])('%j is read as it is meant', (args, given) => {
  expect(readGiven(args)).toMatchObject({ ok: true, value: given })
})

test.each([
  [['forget'], 'there is no command "forget"'],
  [['list', 'all'], '"all" is too much'],
  [['show'], 'show takes a delivery'],
  [['show', 'parked'], 'show takes a delivery'],
  [['redeliver', `${ID}0`], 'redeliver takes a delivery'],
  [['list', '--state', 'lost'], '--state is one of'],
  [['list', '--channel', 'fax'], '--channel is one of'],
  [['list', '--limit', '0'], '--limit is a number'],
  [['list', '--limt', '1'], '--limt'],
])('%j is refused with what is wrong', (args, sentence) => {
  const given = readGiven(args)
  expect(given.ok ? '' : given.error).toContain(sentence)
})
