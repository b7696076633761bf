/** The operator's routes to keys: list, create, rotate, revoke. Each act is audited; a secret is answered once. */
import { Hono } from 'hono'
import type { Edge } from '../env.ts'
import { badParameter, json, queryOf, readSignature } from './answer.ts'
import { audited } from '../audit/audited.ts'
import { unknownIn } from './query.ts'
import { createKey, listKeys, revokeKey, rotateKey, type NewKey } from './key-ring.ts'

/** A receiver changes over within it, without haste. */
const OVERLAP_HOURS = 24
const OVERLAP_MAX_HOURS = 24 * 30
/** `key_…`, `whs_…`, the 43 letters of a signing key, or the word for whichever signs. */
const ID = /^(key_[0-9A-Za-z]{1,40}|whs_[0-9A-Za-z]{1,40}|[\w-]{43})$/

export function keyRoutes(edge: Edge): Hono {
  const routes = new Hono()

  routes.get('/keys', async (c) => json(c, { rows: await listKeys(edge), next: null }))

  routes.post('/keys/create', async (c) => {
    const made = readNewKey(queryOf(c), edge)
    if (typeof made === 'string') return badParameter(made)
    const signed = await readSignature(c.req.raw)
    if (!signed.ok) return signed.error
    const subject = `${made.kind} key “${made.name}”`
    const detail = { products: made.products?.join(' ') ?? null }
    return audited(edge, { ...signed.value, kind: 'create key', subject, detail }, () =>
      createKey(edge, signed.value.id, made),
    )
  })

  routes.post('/keys/:id/rotate', async (c) => {
    const id = c.req.param('id')
    const query = queryOf(c)
    const hours = query.get('overlapHours') ?? String(OVERLAP_HOURS)
    const other = unknownIn(query, ['overlapHours'])
    if (other !== undefined) return badParameter(other)
    if (!ID.test(id) && id !== 'identity') return badParameter(NO_ID)
    if (!/^\d{1,3}$/.test(hours) || Number(hours) > OVERLAP_MAX_HOURS)
      return badParameter(`overlapHours is a number from 0 to ${OVERLAP_MAX_HOURS}.`)
    const signed = await readSignature(c.req.raw)
    if (!signed.ok) return signed.error
    const kind = id === 'identity' ? 'rotate identity' : 'rotate key'
    return audited(edge, { ...signed.value, kind, subject: id, detail: { hours: Number(hours) } }, () =>
      rotateKey(edge, signed.value.id, id, Number(hours)),
    )
  })

  routes.post('/keys/:id/revoke', async (c) => {
    const id = c.req.param('id')
    if (!ID.test(id)) return badParameter(NO_ID)
    const signed = await readSignature(c.req.raw)
    if (!signed.ok) return signed.error
    const kind = /^(key|whs)_/.test(id) ? 'revoke key' : 'revoke identity'
    return audited(edge, { ...signed.value, kind, subject: id }, () => revokeKey(edge, id))
  })
  return routes
}

const NO_ID =
  'A key is named by its id, key_… or whs_…, or a signing key’s; `npm run keys -- list` shows them.'

/** What is to be made, or a sentence about what is wrong. */
function readNewKey(query: URLSearchParams, { seller }: Edge): NewKey | string {
  const other = unknownIn(query, ['kind', 'name', 'product'])
  if (other !== undefined) return other
  const kind = query.get('kind')
  if (kind !== 'api' && kind !== 'webhook') return 'kind is api or webhook.'
  const name = query.get('name') ?? ''
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u.test(name))
    return 'name says who uses it: 1 to 64 letters, digits, spaces, dots, - and _.'
  const products = query.getAll('product')
  if (products.length > 0 && kind === 'webhook')
    return 'A webhook secret is for all products: leave product out.'
  const known = seller.products.map(({ key }) => key)
  if (!products.every((product) => known.includes(product))) return `product is one of: ${known.join(', ')}.`
  return { kind, name, products: products.length === 0 ? null : [...new Set(products)] }
}
