/**
 * POST /v1/registrations, where the seller has a registration page of its own (`landing: 'own'`): the page's server hands
 * over the token, at once, and what the buyer filled in, with it or later. Behind an API key; same guarantees as our page.
 */
import { Hono } from 'hono'
import { member, objectOf } from '../../shared/aws/json.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { sha256Hex } from '../../shared/sha256.ts'
import { readJson } from '../../shared/usage/json.ts'
import { note } from '../audit/audited.ts'
import { readBody } from '../body.ts'
import { findByToken, keepContact } from '../db/registrations.ts'
import { findSubscription } from '../db/subscriptions.ts'
import { dispatchDeliveries } from '../deliveries/sweep.ts'
import type { Edge } from '../env.ts'
import { allows, requireKey, type ApiKey, type KeyedEnv } from '../keys.ts'
import { announceRegistration } from '../lifecycle/announce-registration.ts'
import { catchUp } from '../lifecycle/catch-up.ts'
import { subscriptionView } from '../lifecycle/view.ts'
import { AGAIN_AFTER_SECONDS, onlyBy, problemResponse, type Problem } from '../problem.ts'
import { admit, type Admitted, type NotAdmitted } from './admit.ts'
import { formFields, readRegistration, type Registration } from './form.ts'
import { isToken, offerHintOf, type Arrival } from './token.ts'

const BODY_MAX_BYTES = 64 * 1024

/** What is asked for; `contact` null: only the token so far. */
interface Asked {
  readonly arrival: Arrival
  readonly contact: Registration | null
}

/** `POST /registrations`. */
export function registrationRoutes(edge: Edge): Hono<KeyedEnv> {
  const { landing, fields } = edge.seller
  const asked = formFields(fields)
  const routes = new Hono<KeyedEnv>()
  routes.post('/registrations', requireKey(edge), async (c) => {
    if (landing === 'hosted') return problemResponse(HOSTED)
    const read = await readAsked(c.req.raw, asked)
    return read.ok ? register(edge, c.var.key, read.value) : problemResponse(read.error)
  })
  routes.all('/registrations', () => onlyBy('POST'))
  return routes
}

async function register(edge: Edge, key: ApiKey, { arrival, contact }: Asked): Promise<Response> {
  const { db } = edge.settings
  const admitted = await admitOnce(edge, key, arrival)
  if (!admitted.ok) return problemResponse(problemOf(admitted.error))
  const { registration, subscription, isNew } = admitted.value
  if (contact !== null) {
    const noted = await note(edge, {
      kind: 'register',
      who: key.id,
      why: 'by the API',
      subject: subscription,
    })
    if (!noted.ok) return problemResponse(noted.error)
    const told = await announceRegistration(edge, subscription)
    await keepContact(db, registration, subscription, contact, edge.clocks.business(), told)
    await dispatchDeliveries(edge)
  }
  const row = await findSubscription(db, subscription)
  if (row === undefined) throw new Error('a subscription was not there after somebody registered for it')
  const answer = {
    registered: contact !== null || admitted.value.registered,
    subscription: subscriptionView(row, edge.seller),
  }
  return Response.json(answer, { status: isNew ? 201 : 200, headers: { 'cache-control': 'no-store' } })
}

/** A token that was resolved before is not asked again: a buyer may take longer over the form than it lasts at AWS. */
async function admitOnce(edge: Edge, key: ApiKey, arrival: Arrival): Promise<Result<Admitted, NotAdmitted>> {
  const maySee = (product: string) => allows(key, product)
  const known = await findByToken(edge.settings.db, await sha256Hex(arrival.token))
  if (known === undefined || !maySee(known.product)) return admit(edge, arrival, { address: null, maySee })
  await catchUp(edge, known.subscription)
  return ok({ ...known, isNew: false })
}

async function readAsked(
  request: Request,
  fields: ReturnType<typeof formFields>,
): Promise<Result<Asked, Problem>> {
  const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/json')
    return err({ code: 'wrong-content-type', detail: 'Send Content-Type: application/json.' })
  const bytes = await readBody(request)
  if (!bytes.ok) return err({ code: bytes.error.code, detail: FORM })
  if (bytes.value.length > BODY_MAX_BYTES) return err({ code: 'too-large', detail: FORM })
  const json = readJson(bytes.value)
  if (!json.ok) return err({ code: json.error.code, detail: FORM })
  const body = objectOf(json.value)
  if (body === undefined || Object.keys(body).some((name) => !MEMBERS.includes(name)))
    return err({ code: 'bad-parameter', detail: FORM })

  const token = member(body, 'token')
  if (typeof token !== 'string' || !isToken(token)) return err(BAD_TOKEN)
  const arrival = { token, offerTypeHint: offerHintOf(member(body, 'offerType')) }
  const given = member(body, 'fields')
  if (given === undefined) return ok({ arrival, contact: null })
  const contact = readFields(given, fields)
  return contact.ok ? ok({ arrival, contact: contact.value }) : contact
}

/** What the page's form would take, and nothing it would not: here a name that is not known is a mistake in a program. */
function readFields(given: unknown, fields: ReturnType<typeof formFields>): Result<Registration, Problem> {
  const object = objectOf(given)
  if (object === undefined) return err({ code: 'bad-fields', detail: `“fields” is an object. ${FORM}` })
  const wrong = Object.entries(object).flatMap(([name, value]) => {
    if (!fields.some((field) => field.key === name)) return [[name.slice(0, 100), 'There is no such field.']]
    return typeof value === 'string' && value.isWellFormed() ? [] : [[name, 'Send text.']]
  })
  const registration = readRegistration(new URLSearchParams(object as Record<string, string>), fields)
  const errors = registration.ok ? wrong : [...registration.error.errors, ...wrong]
  if (registration.ok && errors.length === 0) return registration
  const more = { fields: Object.fromEntries(errors), known: fields.map((field) => field.key) }
  return err({ code: 'bad-fields', detail: BAD_FIELDS, more })
}

function problemOf(refused: NotAdmitted): Problem {
  switch (refused.kind) {
    case 'not-confirmed':
      return { code: 'not-confirmed', detail: NOT_CONFIRMED }
    case 'try-again':
      return { code: 'again', detail: TRY_AGAIN, retryAfterSeconds: AGAIN_AFTER_SECONDS }
    case 'too-many':
      return { code: 'too-many-requests', detail: TOO_MANY, retryAfterSeconds: refused.retryAfterSeconds }
  }
}

const MEMBERS = ['token', 'fields', 'offerType']
const FORM =
  'Send { "token": "…", "fields": { "email": "…" } } as JSON in UTF-8 of at most 64 kB: the token that AWS Marketplace posted to your page, and the fields of seller.config.ts, now or in a second request. Nothing was stored.'
const BAD_TOKEN: Problem = {
  code: 'bad-token',
  detail:
    'The token is none: it is the text AWS Marketplace posts as x-amzn-marketplace-token, decoded from the form once. AWS was not asked and nothing was stored.',
}
const BAD_FIELDS =
  'Some fields cannot be taken; “fields” says why, one by one. Let the buyer correct them and send the same token again: it is as good as before.'
const NOT_CONFIRMED =
  'AWS did not confirm this token: it has run out, or is not for a product of this API key. Send the buyer back to AWS Marketplace: Manage subscriptions, this product, “Set up your account” makes a fresh one. The subscription at AWS is not affected.'
const TRY_AGAIN =
  'AWS could not be asked just now. The token is as good as before: send the same request again.'
const TOO_MANY =
  'More registrations arrive than AWS may be asked about, so it was not asked about this one. The token is as good as before: send the same request again after the time in Retry-After.'
const HOSTED: Problem = {
  code: 'not-found',
  detail:
    'This deployment registers buyers on its own page. To register them on yours, whoever deploys it sets landing to "own" in seller.config.ts.',
}
