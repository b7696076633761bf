/** One event as CloudEvents 1.0 JSON: required attributes, extensions, data. */
import { expect, test } from 'vitest'
import { readCloudEvent } from '../../../shared/usage/cloud-event.ts'

const subscription = 'sub_0123456789ABCDEFGHIJKL'
const data = { meter: 'api_calls', quantity: 3 }
const event = {
  specversion: '1.0',
  type: 'usage',
  id: 'e1',
  source: '/app',
  subject: subscription,
  time: '2026-11-21T10:15:00Z',
  data,
}

const read = (over: object) => readCloudEvent({ ...event, ...over })
const codeOf = (over: object): string => {
  const one = read(over)
  return one.ok ? 'read' : one.error.code
}

test('id, source, time, subject and data become the event', () => {
  expect(read({})).toEqual({
    ok: true,
    value: {
      naming: { kind: 'subscription', id: subscription },
      event: {
        kind: 'quantity',
        source: '/app',
        id: 'e1',
        meter: 'api_calls',
        time: Date.UTC(2026, 10, 21, 10, 15),
        quantity: 3_000_000n,
      },
    },
  })
})

test.each([
  ['no specversion', { specversion: undefined }, 'cloudevent-attribute'],
  ['specversion 0.3', { specversion: '0.3' }, 'cloudevent-attribute'],
  ['specversion as a number', { specversion: 1 }, 'cloudevent-attribute'],
  ['no type', { type: null }, 'cloudevent-attribute'],
  ['an empty type', { type: '' }, 'cloudevent-attribute'],
  ['no id', { id: undefined }, 'id-missing'],
  ['a number as id', { id: 7 }, 'bad-id'],
  ['no source', { source: undefined }, 'bad-source'],
  ['an empty source', { source: '' }, 'bad-source'],
  ['no subject', { subject: undefined }, 'subscription-missing'],
  ['G.3 row 34: a subject that is no subscription', { subject: 'acme' }, 'unknown-subscription'],
  ['G.3 row 25: no time', { time: undefined }, 'time-missing'],
  ['G.3 row 26: a number as time', { time: 1_763_720_100 }, 'bad-time'],
  ['G.3 row 28: 30 February', { time: '2026-02-30T00:00:00Z' }, 'bad-time'],
  ['data that is not JSON', { datacontenttype: 'text/csv' }, 'cloudevent-attribute'],
  ['a number as datacontenttype', { datacontenttype: 1 }, 'cloudevent-attribute'],
  ['data in base64', { data: undefined, data_base64: 'e30=' }, 'cloudevent-attribute'],
  ['no data', { data: undefined }, 'cloudevent-attribute'],
  ['data of null', { data: null }, 'cloudevent-attribute'],
  ['data that is an array', { data: [data] }, 'cloudevent-attribute'],
  ['data that is a text', { data: JSON.stringify(data) }, 'cloudevent-attribute'],
  ['an unknown field in data', { data: { ...data, quantitiy: 1 } }, 'unknown-field'],
  ['a subscription in data', { data: { ...data, subscription } }, 'unknown-field'],
  [
    'G.3 row 11: __proto__ in data',
    { data: JSON.parse('{"__proto__":{"meter":"a"}}') as object },
    'unknown-field',
  ],
  ['an attribute in capitals', { Subject: subscription }, 'cloudevent-attribute'],
  ['an attribute with an underscore', { trace_id: 'x' }, 'cloudevent-attribute'],
  ['an attribute that is an object', { trace: {} }, 'cloudevent-attribute'],
  ['an attribute that is an array', { trace: [] }, 'cloudevent-attribute'],
  ['an amount outside data', { quantity: 3, data: { meter: 'api_calls' } }, 'amount-missing'],
  [
    'two ways of naming',
    { data: { ...data, account: '012345678901', product: 'saas' } },
    'subscription-twice',
  ],
  ['G.3 row 12: a negative quantity', { data: { ...data, quantity: -1 } }, 'amount-out-of-range'],
])('a CloudEvent is refused: %s', (_name, over, code) => {
  expect(codeOf(over)).toBe(code)
})

test('G.3 row 11: __proto__ beside data is no attribute and changes nothing', () => {
  const own = JSON.parse(`{"__proto__":{"id":"x"},${JSON.stringify(event).slice(1)}`) as Record<
    string,
    unknown
  >
  expect(readCloudEvent(own)).toMatchObject({ ok: false, error: { code: 'cloudevent-attribute' } })
  expect(Object.hasOwn(Object.prototype, 'id')).toBe(false)
})

test('extension attributes of texts, numbers and booleans are allowed', () => {
  const over = {
    traceparent: '00-aa',
    sequence: 7,
    sampled: true,
    dataschema: null,
    datacontenttype: 'application/json',
  }
  expect(read(over)).toEqual(read({}))
})

test.each(['application/json; charset=utf-8', 'application/vnd.usage+json', 'Application/JSON'])(
  'data of type %s is JSON',
  (datacontenttype) => {
    expect(codeOf({ datacontenttype })).toBe('read')
  },
)

test('data may name the subscription by license, or by account and product', () => {
  const tail = 'l-0123456789abcdef0123456789abcdef'
  const licenseArn = `arn:aws:license-manager::294406891311:license:${tail}`
  expect(read({ subject: undefined, data: { ...data, licenseArn } })).toMatchObject({
    ok: true,
    value: { naming: { kind: 'license', tail } },
  })
  const account = '000000000001'
  expect(read({ subject: null, data: { ...data, account, product: 'saas' } })).toMatchObject({
    ok: true,
    value: { naming: { kind: 'account', account, product: 'saas' } },
  })
})

test('a value may have a series; without one it is the source', () => {
  expect(read({ data: { meter: 'storage', value: 5, series: 'disk' } })).toMatchObject({
    ok: true,
    value: { event: { kind: 'value', value: 5_000_000n, series: 'disk' } },
  })
  expect(read({ data: { meter: 'storage', value: 5 } })).toMatchObject({
    ok: true,
    value: { event: { series: '/app' } },
  })
})
