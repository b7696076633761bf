/** Routes to what waits for a person and to what a person does about it (money §9). Each act is the Ledger's own. */
import { Hono, type Context } from 'hono'
import type { PageRequest, RepairAct, RepairRefusal } from '../../shared/ledger/repair.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { Edge } from '../env.ts'
import { deliverAgain } from '../metering/orders.ts'
import { submitterNames } from '../metering/wake.ts'
import { problemResponse } from '../problem.ts'
import { replayRefused, listRefused } from '../usage/refused.ts'
import { readAct } from './act.ts'
import { AUDIT } from '../audit/object.ts'
import { audited, type Done } from '../audit/audited.ts'
import { badParameter, json, queryOf, readJson, readSignature, walkOver, withOne } from './answer.ts'
import { readLimit, unknownIn, WRONG_AFTER, type WalkQuery } from './query.ts'
import { recordsOf } from './show.ts'
import { succeed } from '../lifecycle/succeed.ts'
import { askEach, nextOf, pageOf } from './subscriptions.ts'

/** Ledgers asked in one request, rows of each; and rows of one Ledger's page. */
const LEDGERS_MAX = 20
const FIRST_ROWS = 20
const ROWS_MAX = 200

const PAGE = ['after', 'limit']

export function repairRoutes(edge: Edge): Hono {
  const { ledgers } = edge.settings
  const routes = new Hono()

  routes.get(
    '/parked',
    walkOver(edge, LEDGERS_MAX, (query) => parkedOf(edge, query)),
  )
  const parked = withOne(edge, PAGE, (c, id) => paged(c, (page) => ledgers.getByName(id).parked(page)))
  routes.get('/subscriptions/:id/parked', parked)
  const repairs = withOne(edge, PAGE, (c, id) => paged(c, (page) => ledgers.getByName(id).repairs(page)))
  routes.get('/subscriptions/:id/repairs', repairs)
  const all = withOne(edge, [...PAGE, 'table'], (c, id) =>
    paged(c, (page) => ledgers.getByName(id).exportAll(beginningAt(page, queryOf(c).get('table')))),
  )
  routes.get('/subscriptions/:id/export', all)

  const act = withOne(edge, [], async (c, id) => {
    const body = await readJson(c.req.raw)
    if (!body.ok) return body.error
    const act = readAct(body.value)
    if (!act.ok) return badParameter(act.error)
    const answer = await ledgers.getByName(id).repair(act.value)
    return answer.ok ? json(c, answer.value) : refused(edge, id, act.value, answer.error)
  })
  routes.post('/subscriptions/:id/acts', act)
  const check = withOne(edge, [], async (c, id) => {
    const signed = await readSignature(c.req.raw)
    if (!signed.ok) return signed.error
    await deliverAgain(edge, id)
    return json(c, await ledgers.getByName(id).restoreCheck(signed.value))
  })
  routes.post('/subscriptions/:id/restore-check', check)

  const succeeds = withOne(edge, [], async (c, id) => {
    const signed = await readSignature(c.req.raw)
    if (!signed.ok) return signed.error
    const predecessor = c.req.param('predecessor') ?? ''
    const act = { ...signed.value, kind: 'succeed', predecessor, successor: id } as const
    return audited(edge, act, () => succeed(edge, predecessor, id))
  })
  routes.post('/subscriptions/:id/succeed/:predecessor', succeeds)

  routes.post('/sending/:what', async (c) => {
    const what = c.req.param('what')
    if (what !== 'hold' && what !== 'release')
      return badParameter('Send to /sending/hold or /sending/release.')
    const signed = await readSignature(c.req.raw)
    if (!signed.ok) return signed.error
    return audited(edge, { ...signed.value, kind: `${what} sending` }, () =>
      holdSending(edge, what === 'hold'),
    )
  })

  routes.get('/refused', async (c) => {
    const query = queryOf(c)
    const other = unknownIn(query, PAGE)
    const limit = readLimit(query, ROWS_MAX)
    const after = query.get('after') ?? '0'
    if (other !== undefined) return badParameter(other)
    if (!limit.ok) return badParameter(limit.error)
    if (!/^\d{1,15}$/.test(after)) return badParameter(WRONG_AFTER)
    const page = { after: Number(after), limit: limit.value, replayed: false }
    const { refused: rows, next } = await listRefused(edge.settings.db, page)
    return json(c, { rows, next: next === null ? null : String(next) })
  })
  routes.post('/refused/:number/replay', async (c) => {
    const signed = await readSignature(c.req.raw)
    if (!signed.ok) return signed.error
    const number = Number(/^\d{1,15}$/.exec(c.req.param('number'))?.[0] ?? 0)
    return audited(edge, { ...signed.value, kind: 'replay', number }, () => replay(edge, number))
  })

  const log = edge.settings.audit
  const entries = (page: PageRequest) => log.getByName(AUDIT).entries(page)
  routes.get('/log', (c) => paged(c, entries))
  routes.get('/log/audit', async (c) => json(c, await log.getByName(AUDIT).verify()))
  return routes
}

/** First rows of each Ledger of a page; what has more is asked for by itself. */
async function parkedOf(edge: Edge, query: WalkQuery): Promise<object> {
  const page = await pageOf(edge, query)
  const found = await askEach(edge, page, (ledger) =>
    Promise.all([ledger.parked({ limit: FIRST_ROWS }), ledger.status()]),
  )
  const rows = page.map(({ id, product }) => {
    const [parked = null, ledger = null] = found.get(id) ?? []
    return { id, product, parked, ledger }
  })
  return { rows, next: nextOf(page, query) }
}

/** A page of one Ledger. A cursor it did not give is refused by it. */
async function paged(c: Context, ask: (page: PageRequest) => Promise<object>): Promise<Response> {
  const page = readPageRequest(queryOf(c))
  return page.ok ? json(c, await ask(page.value)) : badParameter(page.error)
}

function readPageRequest(query: URLSearchParams): Result<PageRequest, string> {
  const limit = readLimit(query, ROWS_MAX)
  if (!limit.ok) return limit
  const after = query.get('after')
  if (after === null) return ok({ limit: limit.value })
  return isPlace(after) ? ok({ limit: limit.value, after }) : err(WRONG_AFTER)
}

/** A place as a Ledger writes it: a JSON list that begins with a section's number or a table's name. */
function isPlace(text: string): boolean {
  try {
    const place: unknown = text.length > 4_000 ? undefined : JSON.parse(text)
    const first: unknown = Array.isArray(place) ? place[0] : undefined
    return typeof first === 'string' ? /^[a-z_]+$/.test(first) : Number.isSafeInteger(first)
  } catch {
    return false
  }
}

/** The same page, or the first one of a table. */
const beginningAt = (page: PageRequest, table: string | null): PageRequest =>
  page.after === undefined && table !== null ? { ...page, after: JSON.stringify([table]) } : page

/** A refusal with the record as it is now, so that nobody has to ask what changed. */
async function refused(
  edge: Edge,
  id: SubscriptionId,
  act: RepairAct,
  { kind, sentence }: RepairRefusal,
): Promise<Response> {
  const key = 'record' in act ? act.record : ''
  const hour = Number(/\|(\d{1,15})$/.exec(key)?.[1] ?? -1)
  const rows = hour < 0 ? [] : await recordsOf(edge, id, hour)
  const record = rows.find((row) => row.key === key) ?? null
  return problemResponse({
    code: kind,
    detail: sentence,
    ...(kind === 'in-flight' ? { retryAfterSeconds: 60 } : {}),
    more: { record },
  })
}

/** Stops or lets go on all that is sent to AWS. */
async function holdSending(edge: Edge, held: boolean): Promise<Done> {
  const submitters = await submitterNames(edge)
  for (const name of submitters) await edge.settings.submitters.getByName(name).holdSending(held)
  const said = held ? 'send nothing until they are released' : 'send again'
  return {
    sentence: `The Submitters ${submitters.join(', ')} ${said}.`,
    value: null,
    refused: null,
    detail: { submitters },
  }
}

/** Gives what a door refused once more. */
async function replay(edge: Edge, number: number): Promise<Done> {
  const done = await replayRefused(edge, number)
  if (done.ok) {
    const { sentence, result, of } = done.value
    return { sentence, value: of, refused: null, detail: { result } }
  }
  const { kind, sentence } = done.error
  if (kind === 'again') return { again: sentence }
  const refused = kind === 'still-refused' ? 'not-allowed' : kind
  return { sentence, value: null, refused, detail: {} }
}
