/** `POST /api/agreements/{agreement}/{act}`: what happens to a purchase later, act by act. The machine checks the meaning. */
import type { Hono } from 'hono'
import type { Result } from '../../shared/result.ts'
import { err, ok } from '../../shared/result.ts'
import type { Front } from '../front.ts'
import { arrivalForm } from '../front.ts'
import type { Act } from '../marketplace/life.ts'
import { readFields } from './bodies.ts'
import type { Fields } from './fields.ts'
import { isFieldsBody } from './fields.ts'
import { given, readBought } from './input.ts'
import { badRequest, problem, refused } from './problem.ts'
import { agreementView } from './views.ts'

const CONTRACT = (fields: Fields) => ({
  ...bought(fields),
  ...given({ term: fields.oneOf('term', ['month', 'year']), autoRenew: fields.flag('autoRenew') }),
})

const LICENSE = (fields: Fields) => given({ license: fields.oneOf('license', ['same', 'new']) })

function bought(fields: Fields) {
  const list = readBought(fields)
  return list.length > 0 ? { bought: list } : {}
}

/** Each act by the last part of its address. */
const ACTS: { readonly [name: string]: (fields: Fields) => Act } = {
  convert: (fields) => ({ act: 'convert', ...CONTRACT(fields) }),
  amend: (fields) => ({ act: 'amend', ...bought(fields), ...given({ autoRenew: fields.flag('autoRenew') }) }),
  renew: (fields) => ({ act: 'renew', ...LICENSE(fields) }),
  replace: (fields) => ({
    act: 'replace',
    bought: readBought(fields),
    ...given({ term: fields.oneOf('term', ['month', 'year']) }),
    ...LICENSE(fields),
  }),
  cancel: (fields) => ({ act: 'cancel', by: fields.oneOf('by', ['buyer', 'seller']) ?? 'buyer' }),
  expire: () => ({ act: 'expire' }),
  terminate: () => ({ act: 'terminate' }),
  deprovision: () => ({ act: 'deprovision' }),
  advise: (fields) => ({
    act: 'advise',
    advisory: fields.oneOf('advisory', ['issued', 'resolved']) ?? 'issued',
  }),
  'request-cancellation': (fields) => ({
    act: 'request_cancellation',
    ...given({ reasonCode: fields.text('reasonCode') }),
  }),
  'answer-cancellation': (fields) => ({
    act: 'answer_cancellation',
    status: fields.oneOf('status', ['APPROVED', 'REJECTED', 'CANCELLED', 'VALIDATION_FAILED']) ?? 'APPROVED',
  }),
  'payment-failed': () => ({ act: 'payment_failed' }),
  'payment-settled': () => ({ act: 'payment_settled' }),
  resubscribe: () => ({ act: 'resubscribe' }),
  event: (fields) => ({
    act: 'send_event',
    detailType: fields.text('detailType') ?? '',
    ...given({ detail: detailOf(fields) }),
  }),
}

function detailOf(fields: Fields) {
  const detail = fields.raw('detail')
  if (detail === undefined || isFieldsBody(detail)) return detail
  fields.note('"detail" must be an object.')
  return undefined
}

function readAct(name: string, fields: Fields): Result<Act, string> {
  const read = Object.hasOwn(ACTS, name) ? ACTS[name] : undefined
  if (read === undefined)
    return err(`There is no act ${JSON.stringify(name)}. Use one of ${Object.keys(ACTS).join(', ')}.`)
  const act = read(fields)
  const wrong = fields.problems()
  return wrong === '' ? ok(act) : err(wrong)
}

export function liveRoutes(app: Hono, front: Front): void {
  const { marketplace } = front
  app.post('/api/agreements/:agreement/:act', async (c) => {
    const body = await readFields(c.req.raw)
    if (!body.ok) return problem(body.error)
    const act = readAct(c.req.param('act'), body.value)
    if (!act.ok) return problem(badRequest(act.error))
    const agreementId = c.req.param('agreement')
    const lived = await marketplace.run({ kind: 'live', agreementId, act: act.value })
    if (!lived.ok) return problem(refused(lived.error))
    const { agreementId: goesOn, arrival } = lived.value
    return c.json({
      agreement: agreementView(marketplace.state, goesOn),
      ...(arrival === undefined
        ? {}
        : { token: arrival.token, form: arrivalForm(front, goesOn, arrival.token) }),
    })
  })
}
