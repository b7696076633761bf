/** What the API says of the operator's routes to the people of an AWS account. Pure. */
import type { Paths } from './operation.ts'
import { act, delivery, done, STATE } from './operator-parts.ts'
import { any, int, list, ms, obj, orNull, text } from './schema.ts'

const subscription = text()

export const BUYER_PATHS: Paths = {
  '/v1/operator/buyers/{account}/export': act(
    'exportBuyer',
    'All that is kept of the people of an AWS account.',
    obj({
      account: text(),
      subscriptions: list(
        obj({
          id: subscription,
          product: text(),
          state: STATE,
          workspace: orNull(text()),
          createdMs: ms(),
          erasedMs: orNull(ms()),
        }),
      ),
      contacts: list(obj({ subscription, email: text(), fields: any(), createdMs: ms(), updatedMs: ms() })),
      registrations: list(
        obj({
          subscription,
          id: text(),
          offerTypeHint: orNull(text()),
          createdMs: ms(),
          completedMs: orNull(ms()),
        }),
      ),
      feedback: list(
        obj({ subscription, kind: text(), score: orNull(int()), message: text(), createdMs: ms() }),
      ),
      mails: list(
        obj({ subscription, kind: text(), state: delivery.state, atMs: ms(), settledMs: orNull(ms()) }),
      ),
      refusedUsage: list(
        obj({ subscription, source: text(), eventId: text(), event: text('As it came.'), lastMs: ms() }),
      ),
      signIns: list(obj({ email: text(), askedMs: ms(), usedMs: orNull(ms()) })),
    }),
  ),
  '/v1/operator/buyers/{account}/erase': act(
    'eraseBuyer',
    'Erases the people of an AWS account. Access and billing go on as they were.',
    obj({ ...done, 'subscriptions?': int() }),
  ),
}
