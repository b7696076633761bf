/** What the API says of usage: reporting it, and the records it became. Pure. */
import { REQUEST_CODES } from '../../shared/usage/refusal.ts'
import type { Paths, Route } from './operation.ts'
import { int, list, obj, oneOf, orNull, page, ref, text, time, type Schema } from './schema.ts'

const number: Schema = {
  type: ['number', 'string'],
  description: 'A number, or decimal text, with at most 6 decimals.',
}

const RECORD_STATES = ['waiting', 'billed', 'doubtful', 'parked', 'expired', 'moved', 'written off']
const place = {
  dimension: text(),
  hour: time('The UTC hour it is of.'),
  quantity: int(),
  state: oneOf(RECORD_STATES),
  reason: orNull(text()),
  deadline: time('Until then AWS takes it.'),
}

export const USAGE_SCHEMAS: Readonly<Record<string, Schema>> = {
  UsageEvent: obj(
    {
      'id?': text(
        'Yours, unique in your source: the same id counts once, however often it is sent. Not in a sequence.',
      ),
      'subscription?': text('The purchase: `sub_…`. Or `licenseArn`, or `account` with `product`.'),
      'licenseArn?': text(),
      'account?': text(),
      'product?': text(),
      'source?': text('Whose ids these are; the API key’s when left out.'),
      meter: text(),
      'quantity?': number,
      'value?': number,
      'series?': text('What a `value` is a reading of.'),
      'key?': text('Who or what counts once a month.'),
      time: { type: ['string', 'integer'], description: 'RFC 3339 with a zone, or epoch ms.' },
    },
    'One of `quantity`, `value` and `key`, as the meter asks.',
  ),
  UsageResult: obj({
    id: orNull(text()),
    result: oneOf(['counted', 'duplicate', 'refused', 'again'], '`again`: send this one again.'),
    'code?': text(),
    'message?': text(),
  }),
  Record: obj({
    key: text(),
    ...place,
    timestamp: time('The stamp it carries at AWS.'),
    receipt: orNull(text('AWS’s MeteringRecordId.')),
    identity: { description: 'How AWS knew the buyer.', type: ['object', 'string'] },
    lines: { type: 'array', items: {}, description: 'What its quantity is made of.' },
    config: text(),
    frozenAt: time(),
    settledAt: orNull(time()),
  }),
  OpenRecord: obj({ key: text(), subscription: text(), product: text(), ...place }),
}

const event = ref('UsageEvent')
const cloudEvent = obj({
  specversion: text('`1.0`.'),
  type: text(),
  source: text(),
  id: text(),
  'time?': time(),
  'subject?': text('The subscription.'),
  data: obj({ meter: text(), 'quantity?': number, 'value?': number, 'series?': text(), 'key?': text() }),
})

const base = { tag: 'Usage', key: 'apiKey' } as const satisfies Partial<Route>
const PAGE = {
  state: oneOf(RECORD_STATES),
  after: text('The `next` of the page before.'),
  limit: { ...int('1 to 1000.'), default: 100 },
} as const

export const USAGE_PATHS: Paths = {
  '/v1/usage': {
    post: {
      ...base,
      id: 'reportUsage',
      says: 'Reports what was used: one event, many, CloudEvents, or a numbered batch of one subscription.',
      more: 'At most 10,000 events and 1,000,000 bytes unpacked; gzip is taken. An answer comes once the events are on disk. Many events are answered one by one with 200; an event or a batch sent alone has the status of its result.',
      body: {
        types: {
          'application/json': {
            anyOf: [
              event,
              list(event),
              obj({ events: list(event) }),
              obj({
                epoch: text('Random, 16 to 64 letters, digits, `-` and `_`: drawn at each start.'),
                sequence: int('Counts up by one.'),
                'source?': text(),
                'subscription?': text(),
                'licenseArn?': text(),
                events: list(event),
              }),
            ],
          },
          'application/cloudevents+json': cloudEvent,
          'application/cloudevents-batch+json': list(cloudEvent),
        },
      },
      ok: {
        anyOf: [
          obj({ id: orNull(text()), result: oneOf(['counted', 'duplicate']) }),
          obj({ results: list(ref('UsageResult')) }),
          obj({ sequence: int(), result: oneOf(['counted', 'duplicate']), events: int() }),
        ],
      },
      problems: [...REQUEST_CODES],
      // The code of an event that was sent alone: docs/usage.md lists them.
      open: [400, 404, 409, 410, 422],
    },
  },
  '/v1/subscriptions/{id}/records': {
    get: {
      ...base,
      id: 'listRecords',
      says: 'The records of one subscription, newest hour first.',
      query: PAGE,
      ok: page(ref('Record'), 'records'),
      problems: ['not-found', 'bad-parameter'],
    },
  },
  '/v1/records': {
    get: {
      ...base,
      id: 'listOpenRecords',
      says: 'Records of all subscriptions that are not simply billed, oldest hour first.',
      query: { ...PAGE, product: text() },
      ok: page(ref('OpenRecord'), 'records'),
      problems: ['bad-parameter'],
    },
  },
}
