/** A numbered batch as it is sent (money §1 *Sequence*): its envelope, its events, what is refused. */
import { expect, test } from 'vitest'
import { readRequest } from '../../../shared/usage/read.ts'

const subscription = 'sub_0123456789ABCDEFGHIJKL'
const epoch = '0123456789abcdefABCDEF'
const event = { meter: 'api_calls', quantity: 3, time: '2026-11-21T10:15:00Z' }
const envelope = (over: object = {}) => ({ epoch, sequence: 7, subscription, events: [event], ...over })

const read = (body: unknown) => readRequest(new TextEncoder().encode(JSON.stringify(body)), 'plain', 'key_1')
const codeOf = (body: unknown) => {
  const request = read(body)
  return request.ok ? request.value.kind : request.error.code
}

test('a numbered batch names one subscription, and its events carry no id', () => {
  const stamp = { kind: 'quantity', source: 'key_1', meter: 'api_calls', time: Date.parse(event.time) }
  expect(read(envelope({ events: [event, { ...event, id: 'mine', quantity: '0.5' }] }))).toEqual({
    ok: true,
    value: {
      kind: 'sequence',
      source: 'key_1',
      epoch,
      sequence: 7,
      naming: { kind: 'subscription', id: subscription },
      events: [
        { ok: true, value: { ...stamp, id: `${epoch}:7:0`, quantity: 3_000_000n } },
        { ok: true, value: { ...stamp, id: 'mine', quantity: 500_000n } },
      ],
      raw: envelope({ events: [event, { ...event, id: 'mine', quantity: '0.5' }] }),
    },
  })
})

test('a license names the subscription as well as its id does; a source may be named', () => {
  const licenseArn = `arn:aws:license-manager::294406891311:license:l-${'0'.repeat(32)}`
  const request = read(envelope({ subscription: undefined, licenseArn, source: 'eu-1' }))
  expect(request).toMatchObject({
    ok: true,
    value: { source: 'eu-1', naming: { kind: 'license' } },
  })
})

test.each([
  ['no epoch', { epoch: undefined }, 'bad-sequence'],
  ['an epoch too short to be random', { epoch: '1' }, 'bad-sequence'],
  ['an epoch of 15 letters', { epoch: 'a'.repeat(15) }, 'bad-sequence'],
  ['an epoch of 16 letters', { epoch: 'a'.repeat(16) }, 'sequence'],
  ['an epoch of 64 letters', { epoch: 'a'.repeat(64) }, 'sequence'],
  ['an epoch of 65 letters', { epoch: 'a'.repeat(65) }, 'bad-sequence'],
  ['an epoch with a space', { epoch: `${'a'.repeat(16)} ` }, 'bad-sequence'],
  ['an epoch that is a number', { epoch: 1_234_567_890_123_456 }, 'bad-sequence'],
  ['no number', { sequence: undefined }, 'bad-sequence'],
  ['the number 0', { sequence: 0 }, 'sequence'],
  ['a negative number', { sequence: -1 }, 'bad-sequence'],
  ['half a number', { sequence: 1.5 }, 'bad-sequence'],
  ['a number as text', { sequence: '7' }, 'bad-sequence'],
  ['G.3 row 18: 2⁵³', { sequence: 2 ** 53 }, 'bad-sequence'],
  ['no subscription', { subscription: undefined }, 'bad-sequence'],
  ['an account, which may get a second subscription', { account: '012345678901' }, 'unknown-envelope-field'],
  ['a field that is not known', { dryrun: true }, 'unknown-envelope-field'],
  ['G.3 row 11: __proto__', JSON.parse('{"__proto__":1}'), 'unknown-envelope-field'],
  ['no events', { events: [] }, 'no-events'],
  ['events that are none', { events: {} }, 'not-events'],
  ['G.3 row 4: 10 001 events', { events: Array.from({ length: 10_001 }, () => 1) }, 'too-many-events'],
])('a number is taken or the whole request is refused: %s', (_name, over, code) => {
  const sent = { ...envelope(), ...over }
  if (Object.hasOwn(over, '__proto__'))
    Object.defineProperty(sent, '__proto__', { value: 1, enumerable: true })
  expect(codeOf(sent)).toBe(code)
})

test.each([
  ['a subscription of its own', { subscription }, 'unknown-field'],
  ['a source of its own', { source: 'other' }, 'unknown-field'],
  ['no time', { time: undefined }, 'time-missing'],
  ['no meter', { meter: undefined }, 'meter-missing'],
  ['a negative quantity', { quantity: -1 }, 'amount-out-of-range'],
  ['an id that is none', { id: '' }, 'bad-id'],
])('an event of a numbered batch is refused by itself: %s', (_name, over, code) => {
  const request = read(envelope({ events: [event, { ...event, ...over }] }))
  expect(request).toMatchObject({
    ok: true,
    value: { events: [{ ok: true }, { ok: false, error: { code } }] },
  })
})
