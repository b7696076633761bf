/** What the API says of the operator's routes to refused usage, the log, keys and deliveries. Pure. */
import type { Paths, Route } from './operation.ts'
import { act, base, delivery, done, listed, PAGE } from './operator-parts.ts'
import { any, bool, int, list, ms, obj, oneOf, orNull, page, ref, text, time, type Schema } from './schema.ts'

export const OPERATOR_TOOL_PATHS: Paths = {
  '/v1/operator/refused': {
    get: {
      ...listed,
      id: 'listRefused',
      says: 'Usage that was refused at the door.',
      ok: page(
        obj({
          number: int(),
          door: oneOf(['http', 'queue']),
          source: text(),
          id: text(),
          reason: text(),
          message: text(),
          subscription: orNull(text()),
          product: orNull(text()),
          meter: orNull(text()),
          amount: orNull(text()),
          value: orNull(text('Dollars.')),
          hour: orNull(time()),
          replayable: bool(),
          times: int(),
          first: time(),
          last: time(),
          replayed: orNull(time()),
        }),
      ),
    },
  },
  '/v1/operator/refused/{number}/replay': act(
    'replayRefused',
    'Takes refused usage as if it came now.',
    obj({ ...done, 'result?': oneOf(['counted', 'duplicate']) }),
  ),
  '/v1/operator/log': {
    get: { ...listed, id: 'readLog', says: 'The audit log, oldest first.', ok: page(ref('LogEntry')) },
  },
  '/v1/operator/log/audit': {
    get: {
      ...base,
      id: 'verifyLog',
      says: 'The first row of the audit log that is not as it was written (none: the log is whole), and its last.',
      ok: obj({
        findings: list(ref('Finding')),
        last: orNull(obj({ entry: int(), hash: text() })),
      }),
    },
  },
  '/v1/operator/feedback': {
    get: {
      ...listed,
      id: 'listFeedback',
      says: 'What buyers wrote on their status pages, newest first.',
      ok: page(
        obj({
          number: int(),
          subscription: text(),
          product: text(),
          kind: oneOf(['question', 'problem', 'idea', 'praise']),
          score: orNull(int('How likely the buyer is to recommend the product, 0 to 10.')),
          message: text(),
          at: ms(),
          email: orNull(text('Whom to answer; null: it was erased.')),
        }),
      ),
    },
  },
  '/v1/operator/keys': {
    get: {
      ...base,
      id: 'listKeys',
      says: 'Every key, without its secret.',
      ok: page(
        obj({
          kind: oneOf(['api', 'webhook', 'identity']),
          id: text(),
          name: text(),
          products: orNull(list(text())),
          madeMs: ms(),
          endsMs: orNull(ms()),
          signs: orNull(bool()),
        }),
      ),
    },
  },
  '/v1/operator/keys/create': withQuery(
    act('createKey', 'Makes a key. Its secret is in this answer only.', keyDone(), ['not-allowed']),
    {
      'kind!': oneOf(['api', 'webhook']),
      'name!': text(),
      product: text('Once for each; none: all of them.'),
    },
  ),
  '/v1/operator/keys/{key}/rotate': withQuery(
    act('rotateKey', 'Makes a successor; the old one goes on for a while.', keyDone()),
    { overlapHours: int('0 to 720; 24 when left out.') },
  ),
  '/v1/operator/keys/{key}/revoke': act('revokeKey', 'Ends a key now.', keyDone(), ['not-found']),
  '/v1/operator/deliveries': {
    get: {
      ...base,
      id: 'listDeliveries',
      says: 'What was told to whom, and what became of it.',
      query: { ...PAGE, state: delivery.state, channel: delivery.channel, subscription: text() },
      ok: page(ref('Delivery')),
      problems: ['bad-parameter'],
    },
  },
  '/v1/operator/deliveries/{delivery}': {
    get: {
      ...base,
      id: 'showDelivery',
      says: 'One delivery with what it tells.',
      ok: obj({ ...delivery, key: text(), giveUpMs: ms(), told: any() }),
      problems: ['not-found'],
    },
  },
  '/v1/operator/deliveries/{delivery}/redeliver': act(
    'redeliver',
    'Tells it again, under the same id.',
    redelivered(),
  ),
  '/v1/operator/deliveries/parked/{channel}': act(
    'redeliverParked',
    'Tells again all that is parked.',
    redelivered(),
    [],
  ),
}

function withQuery(
  { post }: { readonly post: Route },
  query: Route['query'] & object,
): { readonly post: Route } {
  return { post: { ...post, query } }
}

function keyDone(): Schema {
  return obj({ ...done, 'key?': text(), 'secret?': text('In the first answer only.') })
}

function redelivered(): Schema {
  return obj({ ...done, 'deliveries?': int() })
}
