/** What the API says of AWS's events: the door they are pushed to, and the operator's look into the inbox. Pure. */
import type { Paths } from './operation.ts'
import { act, base, done, PAGE } from './operator-parts.ts'
import { any, int, list, ms, obj, oneOf, orNull, page, text } from './schema.ts'

const event = {
  id: text('AWS’s own.'),
  source: text(),
  kind: text('EventBridge’s detail type.'),
  state: oneOf(['waiting', 'applied', 'held', 'kept']),
  note: orNull(text('Why nothing came of it yet.')),
  at: ms(),
  receivedMs: ms(),
  subscription: orNull(text('Null: nobody knows yet.')),
  agreementId: orNull(text()),
  licenseTail: orNull(text()),
  productCode: orNull(text()),
  account: orNull(text()),
  customerIdentifier: orNull(text()),
}

const agreement = {
  agreementId: text(),
  product: text(),
  account: orNull(text()),
  licenseTail: orNull(text()),
  status: text('AWS’s own.'),
  startsMs: orNull(ms()),
  finding: orNull(text('What contradicts.')),
  findingMs: orNull(ms()),
}

export const EVENT_PATHS: Paths = {
  '/v1/events/aws': {
    post: {
      id: 'pushEvent',
      tag: 'This service',
      says: 'Takes one event of AWS Marketplace, as EventBridge’s API destination pushes it.',
      more: 'Stored before it is answered, applied after. Any event is taken, of whatever kind: 5xx means that it was not stored and comes again.',
      key: 'pushKey',
      body: any('An event of EventBridge.'),
      ok: obj({ result: oneOf(['stored', 'kept', 'duplicate']) }),
      status: 202,
      problems: [
        'not-found',
        'unauthorized',
        'again',
        'not-json',
        'too-large',
        'bad-gzip',
        'wrong-content-encoding',
      ],
    },
  },
  '/v1/operator/events': {
    get: {
      ...base,
      id: 'listEvents',
      says: 'AWS’s events and what became of them, newest first.',
      query: { ...PAGE, state: event.state, subscription: text(), agreement: text() },
      ok: page(obj(event)),
      problems: ['bad-parameter'],
    },
  },
  '/v1/operator/events/{event}': {
    get: {
      ...base,
      id: 'showEvent',
      says: 'One event with the text AWS sent.',
      ok: obj({ ...event, body: text() }),
      problems: ['not-found'],
    },
  },
  '/v1/operator/events/{event}/replay': act(
    'replayEvent',
    'Applies an event again; a second time changes nothing.',
    obj({ ...done, 'subscriptions?': list(text()), 'changed?': list(text()) }),
  ),
  '/v1/operator/reconciliations': {
    get: {
      ...base,
      id: 'listReconciliations',
      says: 'What the hourly comparison with AWS found, wrote, and could not say.',
      query: { limit: int() },
      ok: obj({
        runs: list(
          obj({
            number: int(),
            startedMs: ms(),
            finishedMs: orNull(ms()),
            compared: int('Agreements and contracts.'),
            repaired: int('Events written in the place of some that never came.'),
            contradictions: int(),
            calls: int('To AWS.'),
            stopped: orNull(text('Why it stopped, to go on in an hour.')),
          }),
        ),
        repairs: list(
          obj({
            id: text(),
            kind: event.kind,
            agreementId: text(),
            at: ms(),
            repairedMs: ms(),
            state: oneOf(['waiting', 'applied', 'kept']),
          }),
        ),
        contradictions: list(obj(agreement, 'AWS contradicts its events. Nothing was changed.')),
        unknown: list(obj(agreement, 'In force at AWS; the buyer has not come yet.')),
      }),
      problems: ['bad-parameter'],
    },
  },
}
