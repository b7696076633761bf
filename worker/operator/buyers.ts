/** Routes to the people of one AWS account: all that is kept of them, and erasing it. Each act is in the audit log first. */
import { Hono } from 'hono'
import { audited, note, type Done } from '../audit/audited.ts'
import { eraseStatements, readPersonal, subscriptionsOfAccount } from '../db/personal.ts'
import type { Edge } from '../env.ts'
import { problemResponse } from '../problem.ts'
import { badParameter, json, readSignature } from './answer.ts'

export function buyerRoutes(edge: Edge): Hono {
  const { db } = edge.settings
  const routes = new Hono()

  // A POST, for it is signed; it may be sent again under its id, and answers what there is then.
  routes.post('/buyers/:account/export', async (c) => {
    const account = c.req.param('account')
    if (!ACCOUNT.test(account)) return badParameter(NO_ACCOUNT)
    const signed = await readSignature(c.req.raw)
    if (!signed.ok) return signed.error
    const ids = await subscriptionsOfAccount(db, account)
    if (ids.length === 0) return problemResponse({ code: 'not-found', detail: NO_BUYER })
    // Given again under its id it answers what there is then: that is another look, and another row.
    const { id, who, why } = signed.value
    const noted = await note(edge, { kind: 'export', who, why, subject: account, detail: { act: id } })
    if (!noted.ok) return problemResponse(noted.error)
    return json(c, await readPersonal(db, account, ids))
  })

  routes.post('/buyers/:account/erase', async (c) => {
    const account = c.req.param('account')
    if (!ACCOUNT.test(account)) return badParameter(NO_ACCOUNT)
    const signed = await readSignature(c.req.raw)
    if (!signed.ok) return signed.error
    return audited(edge, { ...signed.value, kind: 'erase', subject: account }, () => erase(edge, account))
  })
  return routes
}

const ACCOUNT = /^\d{12}$/
const NO_ACCOUNT = 'A buyer is named by his AWS account: 12 digits, with its zeros.'
const NO_BUYER =
  'No subscription is of this AWS account. `npm run ledger -- list` shows the accounts there are.'

async function erase({ settings, clocks }: Edge, account: string): Promise<Done> {
  const ids = await subscriptionsOfAccount(settings.db, account)
  const none = { value: null, detail: {} }
  if (ids.length === 0) return { ...none, sentence: NO_BUYER, refused: 'not-found' }
  await settings.db.batch([...eraseStatements(settings.db, { account }, clocks.business())])
  const sentence = `The people of ${account} are erased from ${ids.length} ${ids.length === 1 ? 'subscription' : 'subscriptions'}. Access and billing go on as they were; nobody is written to until somebody registers again.`
  return { sentence, value: null, refused: null, detail: { subscriptions: ids.length } }
}
