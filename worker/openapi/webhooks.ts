/** What the seller's application is told (Standard Webhooks), as OpenAPI's `webhooks`. Pure. */
import { channelsOf, DECISION_KINDS } from '../../shared/deliveries.ts'
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

/** One for each type that goes to webhooks. */
export const WEBHOOKS: Schema = Object.fromEntries(
  DECISION_KINDS.filter((kind) => channelsOf(kind, ['webhook']).length > 0).map((kind) => [
    kind,
    {
      post: {
        operationId: `on-${kind}`,
        tags: ['Webhooks'],
        summary: `\`${kind}\`: docs/webhooks.md says what to do.`,
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
