/** A request's body, from bytes to events: what is wrong with the request as a whole, and the three forms. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Result } from '../../../shared/result.ts'
import { EVENTS_MAX, formOf, readRequest, type Form, type ReadRequest } from '../../../shared/usage/read.ts'
import type { RequestProblem } from '../../../shared/usage/refusal.ts'

const subscription = 'sub_0123456789ABCDEFGHIJKL'
const time = '2026-11-21T10:15:00Z'
const ms = Date.UTC(2026, 10, 21, 10, 15)

const plain = (over: object = {}) => ({
  id: 'e1',
  subscription,
  meter: 'api_calls',
  quantity: 3,
  time,
  ...over,
})
const cloud = (over: object = {}, data: object = {}) => ({
  specversion: '1.0',
  type: 'usage',
  id: 'e1',
  source: '/app',
  subject: subscription,
  time,
  data: { meter: 'api_calls', quantity: 3, ...data },
  ...over,
})
const counted = {
  kind: 'quantity',
  source: 'key_1',
  id: 'e1',
  meter: 'api_calls',
  time: ms,
  quantity: 3_000_000n,
}

const read = (body: string | Uint8Array, form: Form = 'plain'): Result<ReadRequest, RequestProblem> =>
  readRequest(typeof body === 'string' ? new TextEncoder().encode(body) : body, form, 'key_1')

const codeOf = (body: string | Uint8Array, form: Form = 'plain'): string => {
  const request = read(body, form)
  return request.ok ? 'read' : request.error.code
}

const bytes = (...parts: (string | number[])[]) =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : part)),
  )

test.each([
  ['G.3 row 1: an empty body', '', 'empty-body'],
  ['G.3 row 1: a body of spaces', '  \n', 'not-json'],
  ['G.3 row 2: a word', 'hello', 'not-json'],
  ['G.3 row 2: a form', 'id=e1&quantity=3', 'not-json'],
  ['G.3 row 2: an object cut off', '{"id":"e1"', 'not-json'],
  ['G.3 row 2: a string cut off', '{"id":"e1', 'not-json'],
  ['G.3 row 2: a comma too many', '[{"id":"e1"},]', 'not-json'],
  ['G.3 row 2: single quotes', "{'id':'e1'}", 'not-json'],
  ['G.3 row 2: a comment', '{/* */"id":"e1"}', 'not-json'],
  ['G.3 row 2: two values', '{} {}', 'not-json'],
  ['G.3 row 2: lines of JSON', '{"id":"e1"}\n{"id":"e2"}', 'not-json'],
  ['G.3 row 19: NaN', JSON.stringify(plain()).replace(':3', ':NaN'), 'not-json'],
  ['G.3 row 19: Infinity', JSON.stringify(plain()).replace(':3', ':-Infinity'), 'not-json'],
  ['G.3 row 13: a leading zero', JSON.stringify(plain()).replace(':3', ':03'), 'not-json'],
  ['G.3 row 2: a colon alone', ':', 'not-json'],
  ['G.3 row 2: closing brackets only', ']]]}}}', 'not-json'],
  ['G.3 row 2: a NUL', '\0', 'not-json'],
  ['G.3 row 2: a raw line break in a string', '{"id":"a\nb"}', 'not-json'],
  ['G.3 row 3: an array of 0', '[]', 'no-events'],
  ['G.3 row 3: an envelope of 0', '{"events":[]}', 'no-events'],
  ['an envelope whose events are no array', '{"events":{}}', 'not-events'],
  ['an envelope whose events are null', '{"events":null}', 'not-events'],
  ['an envelope with a field too many', '{"events":[{}],"dryrun":true}', 'unknown-envelope-field'],
  ['an envelope with __proto__', '{"events":[{}],"__proto__":{}}', 'unknown-envelope-field'],
  ['a number', '5', 'not-events'],
  ['a string', '"e1"', 'not-events'],
  ['null', 'null', 'not-events'],
  ['true', 'true', 'not-events'],
  ['G.3 row 4: 10 001 events', `[${'{},'.repeat(EVENTS_MAX)}{}]`, 'too-many-events'],
  [
    'G.3 row 4: 10 001 events in an envelope',
    `{"events":[${'{},'.repeat(EVENTS_MAX)}{}]}`,
    'too-many-events',
  ],
  ['G.3 row 9: arrays 10 000 deep', '['.repeat(10_000) + ']'.repeat(10_000), 'too-deep'],
  ['G.3 row 9: arrays 500 000 deep, not closed', '['.repeat(500_000), 'too-deep'],
  ['G.3 row 9: objects 10 000 deep', '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000), 'too-deep'],
  ['G.3 row 9: 17 deep inside an event', `[{"id":${'['.repeat(15)}${']'.repeat(15)}}]`, 'too-deep'],
  ['G.3 row 10: quantity twice', JSON.stringify(plain()).replace('}', ',"quantity":9}'), 'duplicate-key'],
  [
    'G.3 row 10: the same quantity twice',
    JSON.stringify(plain()).replace('}', ',"quantity":3}'),
    'duplicate-key',
  ],
  [
    'G.3 row 10: one of them escaped',
    JSON.stringify(plain()).replace('}', ',"quantit\\u0079":9}'),
    'duplicate-key',
  ],
  ['G.3 row 10: in the second event', `[${JSON.stringify(plain())},{"id":"a","id":"b"}]`, 'duplicate-key'],
  ['G.3 row 10: events twice', '{"events":[],"events":[{}]}', 'duplicate-key'],
  ['G.3 row 10: __proto__ twice', '{"__proto__":1,"__proto__":2}', 'duplicate-key'],
  ['G.3 row 10: the empty key twice', '{"":1,"":2}', 'duplicate-key'],
])('a request is refused whole: %s', (_name, body, code) => {
  expect(codeOf(body)).toBe(code)
})

test.each([
  ['a lone continuation byte', bytes('{"id":"', [0x80], '"}')],
  ['an overlong slash', bytes('{"id":"', [0xc0, 0xaf], '"}')],
  ['half of a surrogate pair', bytes('{"id":"', [0xed, 0xa0, 0x80], '"}')],
  ['beyond U+10FFFF', bytes('{"id":"', [0xf4, 0x90, 0x80, 0x80], '"}')],
  ['a character cut off', bytes('{"id":"a"}', [0xe2, 0x82])],
  ['Latin-1', bytes('{"id":"caf', [0xe9], '"}')],
  ['UTF-16', bytes([0xff, 0xfe, 0x7b, 0, 0x7d, 0])],
  ['UTF-8 with a byte order mark', bytes([0xef, 0xbb, 0xbf], JSON.stringify(plain()))],
])('G.3 row 8: a body that is not plain UTF-8 is refused whole: %s', (_name, body) => {
  expect(codeOf(body)).toBe('not-utf-8')
})

test('G.3 row 10: colons and quotes inside texts are no members', () => {
  const request = read(JSON.stringify(plain({ id: 'a:"b\\":{[' })))
  expect(request).toMatchObject({ ok: true, value: { events: [{ id: 'a:"b\\":{[' }] } })
})

test.each([
  ['not-json', "{'id':'e1'}", 'character 1'],
  ['unknown-envelope-field', '{"events":[{}],"dryrun":true}', '"dryrun"'],
])('%s says where', (code, body, where) => {
  const request = read(body)
  expect(request).toMatchObject({ ok: false, error: { code } })
  if (!request.ok) expect(request.error.message).toMatch(new RegExp(where))
})

test('one object is an event alone; an array or an envelope of one is a batch', () => {
  const one = {
    id: 'e1',
    read: { ok: true, value: { event: counted, naming: { kind: 'subscription', id: subscription } } },
  }
  const value = (alone: boolean) => ({ kind: 'events', alone, events: [{ ...one, raw: plain() }] })
  expect(read(JSON.stringify(plain()))).toEqual({ ok: true, value: value(true) })
  expect(read(JSON.stringify([plain()]))).toEqual({ ok: true, value: value(false) })
  expect(read(JSON.stringify({ events: [plain()] }))).toEqual({ ok: true, value: value(false) })
})

test('a CloudEvent means the same as the plain form, single and in a batch', () => {
  const one = {
    id: 'e1',
    read: {
      ok: true,
      value: { event: { ...counted, source: '/app' }, naming: { kind: 'subscription', id: subscription } },
    },
  }
  const value = (alone: boolean) => ({ kind: 'events', alone, events: [{ ...one, raw: cloud() }] })
  expect(read(JSON.stringify(cloud()), 'cloud-event')).toEqual({ ok: true, value: value(true) })
  expect(read(JSON.stringify([cloud()]), 'cloud-events')).toEqual({ ok: true, value: value(false) })
})

test('a message of the queue is told by its content: plain or CloudEvents, one or several', () => {
  const kinds = (body: unknown) => {
    const request = read(JSON.stringify(body), 'any')
    return request.ok && request.value.kind === 'events'
      ? request.value.events.map((one) => (one.read.ok ? one.read.value.event.source : one.read.error.code))
      : request
  }
  expect(kinds(plain())).toEqual(['key_1'])
  expect(kinds(cloud())).toEqual(['/app'])
  expect(kinds([plain({ id: 'e2' }), cloud()])).toEqual(['key_1', '/app'])
  expect(kinds({ events: [cloud()] })).toEqual(['/app'])
})

test.each([
  ['a batch sent as one CloudEvent', '[]', 'cloud-event', 'not-events'],
  ['one CloudEvent sent as a batch', '{}', 'cloud-events', 'not-events'],
  ['an envelope sent as a batch of CloudEvents', '{"events":[]}', 'cloud-events', 'not-events'],
  ['a batch of 0 CloudEvents', '[]', 'cloud-events', 'no-events'],
] as const)('%s is refused whole', (_name, body, form, code) => {
  expect(codeOf(body, form)).toBe(code)
})

test('the most events a request may have are read', () => {
  const request = read(`[${'{},'.repeat(EVENTS_MAX - 1)}{}]`)
  expect(request.ok && request.value.events.length).toBe(EVENTS_MAX)
})

test('one wrong event of a batch is refused alone and keeps its place', () => {
  const request = read(JSON.stringify([plain(), plain({ id: 'e2', quantity: -1 }), 7, plain({ id: 'e4' })]))
  const events = request.ok && request.value.kind === 'events' ? request.value.events : []
  expect(events.map((event) => [event.id, event.read.ok])).toEqual([
    ['e1', true],
    ['e2', false],
    [null, false],
    ['e4', true],
  ])
})

test.each([
  ['application/json', 'plain'],
  ['Application/JSON; Charset="UTF-8"', 'plain'],
  ['application/cloudevents+json; charset=utf-8', 'cloud-event'],
  ['application/cloudevents-batch+json', 'cloud-events'],
  ['application/json; charset=latin1', undefined],
  ['application/json; charset', undefined],
  ['text/plain', undefined],
  ['application/x-www-form-urlencoded', undefined],
  ['multipart/form-data; boundary=x', undefined],
  ['application/cloudevents+avro', undefined],
  ['application/jsonx', undefined],
  ['application/json, text/html', undefined],
  ['', undefined],
  [null, undefined],
])('G.3 row 7: the form follows from the content type alone: %s', (contentType, form) => {
  expect(formOf(contentType)).toBe(form)
})

test('any bytes at all are read or refused with a code, in every form, and nothing is thrown', () => {
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.string({ unit: 'binary' }).map((text) => new TextEncoder().encode(text)),
    fc.stringMatching(/^[[\]{}:,"\\ a0-]{0,40}$/).map((text) => new TextEncoder().encode(text)),
  )
  fc.assert(
    fc.property(anyBytes, fc.constantFrom<Form>('plain', 'cloud-event', 'cloud-events'), (body, form) => {
      const request = read(body, form)
      if (!request.ok) expect(request.error.message.length).toBeGreaterThan(20)
    }),
    { numRuns: 5000 },
  )
})

test('any JSON at all is read or refused with a code, in every form, and nothing is thrown', () => {
  const fields = fc.constantFrom(
    ...Object.keys(plain()),
    'licenseArn',
    'account',
    'product',
    'value',
    'series',
    'key',
    'data',
  )
  const anyEvent = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fields, fc.jsonValue({ maxDepth: 1 })).map((over) => plain(over)),
    fc.dictionary(fields, fc.jsonValue({ maxDepth: 1 })).map((over) => cloud(over)),
    fc.dictionary(fields, fc.jsonValue({ maxDepth: 1 })).map((data) => cloud({}, data)),
  )
  fc.assert(
    fc.property(fc.array(anyEvent), fc.boolean(), (events, wrapped) => {
      const body = JSON.stringify(wrapped ? { events } : events)
      for (const form of ['plain', 'cloud-event', 'cloud-events'] as const) {
        const request = read(body, form)
        if (!request.ok || request.value.kind !== 'events') continue
        for (const { read: one } of request.value.events) {
          if (!one.ok) expect(one.error.message).toMatch(/^[\x20-\x7e…]+$/)
        }
      }
    }),
    { numRuns: 2000 },
  )
})

test('a key is a duplicate exactly when the text says it twice in one object', () => {
  const keys = fc.array(fc.oneof(fc.constantFrom('a', 'b', '__proto__', ':', '"'), fc.string()), {
    maxLength: 5,
  })
  fc.assert(
    fc.property(keys, (names) => {
      const body = `[{${names.map((name) => `${JSON.stringify(name)}:{"x":1}`).join(',')}}]`
      expect(codeOf(body) === 'duplicate-key').toBe(new Set(names).size < names.length)
    }),
  )
})
