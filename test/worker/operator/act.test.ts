/** Acts as they may come over the wire: what is whole is taken as it is, everything else is refused by its field. */
import { expect, test } from 'vitest'
import { readAct } from '../../../worker/operator/act.ts'

const SIGNED = { id: 'act-00000001', who: 'ada', why: 'AWS was down' }
const HOUR = Date.UTC(2026, 10, 21, 9)
const OF_RECORD = { record: 'r|calls|1', seen: { state: 'parked', settledAt: HOUR } }
const ASIDE = { hour: HOUR, meter: 'calls', life: 1, source: 'app', reason: 'month-closed', amount: '1.5' }

const WHOLE = [
  { kind: 'retry', ...OF_RECORD },
  { kind: 'move', ...OF_RECORD },
  { kind: 'write off', record: 'r', seen: { state: 'waiting', settledAt: null } },
  { kind: 'evidence', ...OF_RECORD, from: 'cloudtrail', evidence: 'e-1', says: 'not recorded' },
  { kind: 'hold', dimension: null },
  { kind: 'hold', dimension: 'calls' },
  { kind: 'release', what: { kind: 'subscription' } },
  { kind: 'release', what: { kind: 'dimension', dimension: 'calls' } },
  { kind: 'release', what: { kind: 'stopped' } },
  { kind: 'release', what: { kind: 'spike', record: 'r' } },
  { kind: 'void', source: 'app', from: HOUR, to: HOUR + 3_600_000 },
  { kind: 'bill aside', aside: ASIDE },
  { kind: 'drop aside', aside: ASIDE },
  { kind: 'replay', source: 'app', event: 'e1' },
]

test.each(WHOLE)('%j is taken', (work) => {
  const act = { ...SIGNED, ...work }
  expect(readAct(act)).toEqual({ ok: true, value: act })
})

test.each(WHOLE)(
  '%j is refused when any of its fields is missing, null where it may not be, or foreign',
  (work) => {
    const act = { ...SIGNED, ...work }
    for (const name of Object.keys(act)) {
      const without = Object.fromEntries(Object.entries(act).filter(([key]) => key !== name))
      expect(readAct(without).ok).toBe(false)
      expect(readAct({ ...act, [name]: { toString: 1 } }).ok).toBe(false)
    }
    expect(readAct({ ...act, force: true })).toMatchObject({
      ok: false,
      error: expect.stringMatching(/nothing else\. Nothing was done/),
    })
  },
)

const RETRY = { ...SIGNED, kind: 'retry', ...OF_RECORD }
const HOLD = { ...SIGNED, kind: 'hold', dimension: null }

test.each<[string, unknown, RegExp]>([
  ['no object', null, /whose kind is one of: retry, move/],
  ['a list', [], /whose kind is one of/],
  ['an unknown kind', { ...HOLD, kind: 'delete' }, /whose kind is one of/],
  ['a kind of the prototype', { ...HOLD, kind: 'constructor' }, /whose kind is one of/],
  ['an id too short', { ...HOLD, id: 'a' }, /whose id is 8 to 64 letters/],
  ['an id with a blank', { ...HOLD, id: 'act 00000001' }, /whose id is/],
  ['nobody', { ...HOLD, who: '  ' }, /whose who is a line of 1 to 100 characters/],
  ['no reason', { ...HOLD, why: '' }, /whose why is a line of 1 to 500 characters/],
  ['two lines', { ...HOLD, why: 'a\nb' }, /whose why is/],
  ['a line separator', { ...HOLD, why: 'a\u2028b' }, /whose why is/],
  ['half a character', { ...HOLD, why: 'a\ud800' }, /whose why is/],
  ['a reason too long', { ...HOLD, why: 'a'.repeat(501) }, /whose why is/],
  ['an empty dimension', { ...HOLD, dimension: '' }, /whose dimension is null or a line/],
  [
    'a state that is none',
    { ...RETRY, seen: { state: 'lost', settledAt: null } },
    /whose seen is .*state is one of/,
  ],
  ['a half seen', { ...RETRY, seen: { state: 'parked' } }, /whose seen is .*settledAt is null or epoch ms/],
  ['more than seen', { ...RETRY, seen: { ...RETRY.seen, quantity: 1 } }, /whose seen is .*nothing else/],
  [
    'a time as text',
    { ...RETRY, seen: { state: 'parked', settledAt: '1' } },
    /settledAt is null or epoch ms/,
  ],
  [
    'half an hour',
    { ...SIGNED, kind: 'void', source: 'a', from: HOUR + 1, to: HOUR },
    /whose from is the first ms/,
  ],
  [
    'an exponent',
    { ...SIGNED, kind: 'bill aside', aside: { ...ASIDE, amount: '1e3' } },
    /whose aside is .*amount is decimal text/,
  ],
  [
    'a release of everything',
    { ...SIGNED, kind: 'release', what: { kind: 'everything' } },
    /whose what is an object whose kind is one of: subscription/,
  ],
  ['a spike without its record', { ...SIGNED, kind: 'release', what: { kind: 'spike' } }, /record is a line/],
])('%s is refused by its field', (_, act, sentence) => {
  expect(readAct(act)).toEqual({ ok: false, error: expect.stringMatching(sentence) })
})
