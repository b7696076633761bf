/** What the API says of the operator's routes to subscriptions and Ledgers, which `npm run ledger` calls. Pure. */
import type { Paths } from './operation.ts'
import { act, after, base, done, line, one, PAGE, walk } from './operator-parts.ts'
import { any, bool, int, list, ms, obj, oneOf, orNull, page, ref, text } from './schema.ts'

const audit = obj({
  id: text(),
  findings: orNull(list(ref('Finding'))),
  accounts: orNull(any('The numbers on both sides.')),
})

export const OPERATOR_PATHS: Paths = {
  '/v1/operator/check': {
    get: {
      ...base,
      id: 'checkWorker',
      says: 'Whether AWS takes the Worker’s identity, the last migration of the database, and whether usage is billed. The key of a deploy opens this too.',
      ok: obj({
        checks: list(obj({ name: oneOf(['aws', 'database', 'metering']), ok: bool(), detail: text() })),
      }),
    },
  },
  '/v1/operator/run': {
    post: {
      ...base,
      id: 'runCron',
      says: 'Does what each minute’s clock does, now.',
      ok: obj({ did: list(text()) }),
    },
  },
  '/v1/operator/run/ledgers': {
    post: {
      ...walk,
      id: 'runLedgers',
      says: 'Runs the Ledgers of a page that have something due.',
      ok: page(obj({ id: text(), did: oneOf(['nothing due', 'ran', 'failed']), nextWake: orNull(ms()) })),
    },
  },
  '/v1/operator/backlog': {
    get: {
      ...base,
      id: 'readBacklog',
      says: 'What waits to be sent to AWS, and how long it will take.',
      ok: page(obj({ submitter: text(), backlog: orNull(any()) })),
    },
  },
  '/v1/operator/subscriptions': {
    get: {
      ...walk,
      id: 'listSubscriptionLines',
      says: 'Subscriptions with where their Ledgers stand.',
      ok: page(ref('SubscriptionLine')),
    },
  },
  '/v1/operator/subscriptions/{id}': {
    get: {
      ...one,
      id: 'showSubscription',
      says: 'All that is known of one subscription.',
      ok: obj({
        ...line,
        productCode: text(),
        agreementId: orNull(text()),
        createdMs: ms(),
        identities: list(obj({ kind: text(), value: text(), region: text(), fromHourMs: ms() })),
      }),
    },
  },
  '/v1/operator/audit': {
    get: { ...walk, id: 'auditLedgers', says: 'Whether every rule of the books holds.', ok: page(audit) },
  },
  '/v1/operator/subscriptions/{id}/audit': {
    get: { ...one, id: 'auditLedger', says: 'The same of one subscription.', ok: audit },
  },
  '/v1/operator/subscriptions/{id}/usage': {
    get: {
      ...one,
      id: 'readUsage',
      says: 'One month of a Ledger, by dimension and hour.',
      query: { month: text('`2026-11`; this month when left out.') },
      ok: obj({
        month: ms(),
        revision: int(),
        dimensions: list(any()),
        setAside: list(any()),
        refused: list(any()),
      }),
    },
  },
  '/v1/operator/subscriptions/{id}/records': {
    get: {
      ...one,
      id: 'readRecords',
      says: 'Its records, newest hour first, or those of one hour.',
      query: { state: text(), after, limit: int(), hour: ms() },
      ok: page(ref('LedgerRecord')),
    },
  },
  '/v1/operator/subscriptions/{id}/parked': {
    get: { ...one, query: PAGE, id: 'readParked', says: 'What waits for a person.', ok: page(any()) },
  },
  '/v1/operator/subscriptions/{id}/repairs': {
    get: {
      ...one,
      query: PAGE,
      id: 'readRepairs',
      says: 'Its audit log, oldest first.',
      ok: page(ref('LogEntry')),
    },
  },
  '/v1/operator/subscriptions/{id}/export': {
    get: {
      ...one,
      query: { ...PAGE, table: text('Begins there.') },
      id: 'exportLedger',
      says: 'Every row its Ledger holds, as JSON lines.',
      ok: obj({ rows: list(text()), next: orNull(text()), revision: int() }),
    },
  },
  '/v1/operator/subscriptions/{id}/acts': {
    post: {
      ...base,
      id: 'actOnLedger',
      says: 'Does one of the acts of money’s repair: retry, move, write off, evidence, hold, release, void, bill or drop what was set aside, replay.',
      body: {
        allOf: [ref('Signed'), obj({ kind: text('Which; docs/operate.md has the members of each.') })],
      },
      ok: ref('Done'),
      problems: ['not-found', 'not-allowed', 'changed', 'in-flight'],
    },
  },
  '/v1/operator/subscriptions/{id}/restore-check': {
    post: {
      ...base,
      id: 'checkRestore',
      says: 'Compares a Ledger that was set back with what was sent.',
      body: ref('Signed'),
      ok: obj({
        done: bool('False: ask again, it goes on.'),
        sentence: text(),
        compared: int(),
        adopted: list(text()),
        corrected: list(text()),
        settled: list(text()),
        offered: list(text()),
      }),
      problems: ['not-found'],
    },
  },
  '/v1/operator/subscriptions/{id}/succeed/{predecessor}': act(
    'succeed',
    'Says that this purchase renews or replaces another of its account.',
  ),
  '/v1/operator/parked': {
    get: {
      ...walk,
      id: 'listParked',
      says: 'What waits for a person, subscription by subscription.',
      ok: page(obj({ id: text(), product: text(), parked: orNull(any()), ledger: orNull(any()) })),
    },
  },
  '/v1/operator/sending/{what}': act(
    'holdSending',
    'Stops or goes on sending records to AWS.',
    obj({ ...done, 'submitters?': list(text()) }),
    [],
  ),
}
