/** The whole API as one OpenAPI 3.1 document. A new door adds its paths here; test/worker/openapi holds it to the routes. Pure. */
import type { EdgeView } from '../../shared/seller/views.ts'
import { BUYER_PATHS } from './buyer-paths.ts'
import { EVENT_PATHS } from './event-paths.ts'
import { OPERATOR_SCHEMAS } from './operator-parts.ts'
import { OPERATOR_PATHS } from './operator-paths.ts'
import { OPERATOR_TOOL_PATHS } from './operator-tool-paths.ts'
import { pathsObject, problemAnswer, SECURITY, type PathParameters, type Paths } from './operation.ts'
import { PUBLIC_PATHS } from './public-paths.ts'
import { int, obj, oneOf, text, type Schema } from './schema.ts'
import { SUBSCRIPTION_PATHS, SUBSCRIPTION_SCHEMAS } from './subscription-paths.ts'
import { USAGE_PATHS, USAGE_SCHEMAS } from './usage-paths.ts'
import { WEBHOOKS } from './webhooks.ts'

/** Every route that is no page. */
export const PATHS: Paths = {
  ...SUBSCRIPTION_PATHS,
  ...USAGE_PATHS,
  ...PUBLIC_PATHS,
  ...EVENT_PATHS,
  ...OPERATOR_PATHS,
  ...OPERATOR_TOOL_PATHS,
  ...BUYER_PATHS,
}

const PARAMETERS: PathParameters = {
  id: { type: 'string', pattern: '^sub_[0-9A-Za-z]{22}$', description: 'A subscription.' },
  predecessor: { type: 'string', pattern: '^sub_[0-9A-Za-z]{22}$', description: 'The older one.' },
  account: { type: 'string', pattern: '^\\d{12}$', description: 'An AWS account, with its zeros.' },
  event: text('AWS’s id of it.'),
  delivery: text('`dlv_…`'),
  key: text('`key_…`, `whs_…`, a signing key’s, or `identity`.'),
  number: int(),
  channel: oneOf(['webhook', 'sns', 'mail', 'all']),
  what: oneOf(['hold', 'release']),
}

const TAGS = [
  ['Subscriptions', 'Who bought what, and what a buyer may use now.'],
  ['Usage', 'What was used, and the records it became.'],
  ['Webhooks', 'What your application is told.'],
  ['Operator', 'For the people who run it: the command line calls these.'],
  ['This service', 'Its health, its identity, this description.'],
] as const

/** The document for one seller. */
export const openApi = ({ branding }: Pick<EdgeView, 'branding'>): Schema => ({
  openapi: '3.1.1',
  info: {
    title: `${branding.name} on AWS Marketplace`,
    version: '1',
    description:
      'Amounts are decimal text, times RFC 3339 unless a name ends in Ms. Members may be added: ignore those you do not know. A problem (RFC 9457) has a `code` for programs and a `detail` for people: what happened, whose move it is, what to do. Any route may answer 403 `https-only`, 414 `uri-too-long` and 500 `internal`.',
  },
  servers: [{ url: '/' }],
  tags: TAGS.map(([name, description]) => ({ name, description })),
  paths: pathsObject(PATHS, PARAMETERS),
  webhooks: WEBHOOKS,
  components: {
    securitySchemes: SECURITY,
    responses: { Problem: problemAnswer([]) },
    schemas: {
      Problem: obj({
        type: text('`urn:tollgate:problem:` and the code.'),
        title: text(),
        status: int(),
        code: text(),
        detail: text(),
      }),
      ...SUBSCRIPTION_SCHEMAS,
      ...USAGE_SCHEMAS,
      ...OPERATOR_SCHEMAS,
    },
  },
})
