/** What the seller's application is told (Standard Webhooks), as OpenAPI's `webhooks`. Pure. */
import type { SubscriptionDecisionKind } from '../../shared/deliveries.ts'
import { any, int, obj, orNull, ref, text, time, type Schema } from './schema.ts'

const header = (name: string, description: string): Schema => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string' },
})

const HEADERS = [
  header('webhook-id', 'The same in each attempt: keep those you have seen.'),
  header('webhook-timestamp', 'When it was sent, in seconds. Refuse what is older than five minutes.'),
  header(
    'webhook-signature',
    '`v1,` and a signature, one for each secret in force. Any library of Standard Webhooks verifies it.',
  ),
]

/** What each type says, and what to do. */
const SAYS: Readonly<Record<SubscriptionDecisionKind, string>> = {
  'registration.completed': 'A person registered: make the account of `data.contact`.',
  'subscription.linked':
    'The buyer said in which workspace it belongs, and whether a trial’s data goes on in it.',
  'subscription.granted': 'The buyer has access: let him in, with what the entitlements say.',
  'subscription.changed': 'What the buyer may use is another: read the entitlements again.',
  'subscription.ending':
    'The agreement is over and access goes on for a short time: report usage you still hold.',
  'subscription.revoked': 'Access is over: let nobody in.',
  'subscription.trial-ending': 'The trial ends in `decision.daysLeft` days.',
  'subscription.trial-ended': 'The trial is over: it was paid for, or access ends at `decision.graceUntil`.',
  'subscription.trial-converted': 'The buyer on trial has bought.',
  'subscription.payment-failed': 'AWS could not take the payment: access was not granted.',
  'subscription.advisory': 'AWS has an advisory about it, which a person has to read. Nothing changes.',
  'subscription.advisory-resolved': 'AWS’s advisory is resolved.',
}

/** One for each type that goes to webhooks. */
export const WEBHOOKS: Schema = Object.fromEntries(
  Object.entries(SAYS).map(([kind, summary]) => [
    kind,
    {
      post: {
        operationId: `on-${kind}`,
        tags: ['Webhooks'],
        summary,
        description: 'docs/webhooks.md says how to take it.',
        security: [],
        parameters: HEADERS,
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: obj({
                type: { const: kind },
                timestamp: time(),
                data: obj({
                  subscription: ref('Subscription'),
                  version: orNull(int('Lower than one you have seen: old news.')),
                  decision: any('What is decided. Times in it are epoch ms.'),
                  ...(kind === 'registration.completed'
                    ? { 'contact?': obj({ email: text(), fields: any() }) }
                    : {}),
                }),
              }),
            },
          },
        },
        responses: { '2XX': { description: 'Taken. Anything else is tried again, for a day.' } },
      },
    },
  ]),
)
