/** What the descriptions of the operator's routes have in common. Pure. */
import type { Route } from './operation.ts'
import { any, decimal, int, ms, obj, oneOf, orNull, ref, text, type Schema } from './schema.ts'

export const STATE = oneOf(['pending', 'active', 'ending', 'ended'])
export const line = {
  id: text(),
  product: text(),
  account: text(),
  state: STATE,
  plan: orNull(text()),
  ledger: orNull(any('Where its Ledger stands; null: it did not answer.')),
  open: any('Whole units due and not frozen, by dimension.'),
  records: any('How many records are neither billed nor waiting, by state.'),
}
export const delivery = {
  id: text('The `webhook-id`.'),
  subscription: orNull(text()),
  channel: oneOf(['webhook', 'sns', 'mail']),
  kind: text(),
  state: oneOf(['waiting', 'delivered', 'parked', 'skipped']),
  attempts: int(),
  outcome: orNull(text()),
  at: ms(),
  createdMs: ms(),
  nextMs: orNull(ms()),
  settledMs: orNull(ms()),
}
export const value = orNull(obj({ amount: decimal(), of: text(), dollars: orNull(decimal()) }))
export const done = {
  sentence: text('What was done.'),
  value,
  entry: int('Its row in the audit log.'),
  hash: text(),
}

export const OPERATOR_SCHEMAS: Readonly<Record<string, Schema>> = {
  Signed: obj(
    {
      id: text('Yours, 8 to 64 letters, digits, `-` and `_`: the same act sent again is done once.'),
      who: text('Who acts.'),
      why: text('And why.'),
    },
    'Written into the audit log before anything is done.',
  ),
  Done: obj(done),
  SubscriptionLine: obj(line),
  Delivery: obj(delivery),
  Finding: obj({ rule: text(), subject: text(), expected: text(), found: text() }),
  LogEntry: obj({
    entry: int(),
    at: ms(),
    who: text(),
    why: text(),
    kind: text(),
    subject: text(),
    sentence: text(),
    value,
    act: text('The whole act as it was given.'),
    before: text(),
    hash: text(),
  }),
  LedgerRecord: obj({
    key: text(),
    subscription: text(),
    dimension: text(),
    hour: ms(),
    quantity: int(),
    state: text(),
    reason: orNull(text()),
  }),
}

export const base = { tag: 'Operator', key: 'operatorKey' } as const satisfies Partial<Route>
export const after = text('The `next` of the page before.')
export const WALK = { product: text(), state: STATE, after, limit: int() }
export const PAGE = { after, limit: int('1 to 200.') }
export const one = { ...base, problems: ['not-found', 'bad-parameter'] } as const satisfies Partial<Route>
export const walk = { ...base, query: WALK, problems: ['bad-parameter'] } as const satisfies Partial<Route>
export const listed = { ...base, query: PAGE, problems: ['bad-parameter'] } as const satisfies Partial<Route>

/** An act: signed, written down, done once. `refused`: why it may not be done. */
export const act = (
  id: string,
  says: string,
  ok: Schema = ref('Done'),
  refused: readonly ('not-found' | 'not-allowed')[] = ['not-found', 'not-allowed'],
): { readonly post: Route } => ({
  post: { ...base, id, says, body: ref('Signed'), ok, problems: [...refused, 'changed', 'again'] },
})
