/** The bodies that the control API takes: JSON objects, read whole or refused. */
import type { Result } from '../../shared/result.ts'
import { err, ok } from '../../shared/result.ts'
import type { Turned } from '../guard.ts'
import { checkJson, readBody } from '../guard.ts'
import type { Json } from '../marketplace/model.ts'
import type { Fields } from './fields.ts'
import { fieldsOf, isFieldsBody } from './fields.ts'
import { badRequest } from './problem.ts'

/** An object, whatever is in it. */
export async function readBodyObject(request: Request): Promise<Result<{ [key: string]: Json }, Turned>> {
  const turned = checkJson(request)
  if (turned !== undefined) return err(turned)
  const text = await readBody(request)
  if (typeof text !== 'string') return err(text)
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text)
    return isFieldsBody(value) ? ok(value) : err(badRequest('The body must be a JSON object.'))
  } catch {
    return err(badRequest('The body is not JSON. Send an object, such as {"advance": "PT1H"}.'))
  }
}

export async function readFields(request: Request): Promise<Result<Fields, Turned>> {
  const body = await readBodyObject(request)
  return body.ok ? ok(fieldsOf(body.value)) : body
}

/** Nothing, or an empty object. */
export async function readEmpty(request: Request): Promise<Result<null, Turned>> {
  const body = await readFields(request)
  if (!body.ok) return body
  const wrong = body.value.problems()
  return wrong === '' ? ok(null) : err(badRequest(wrong))
}
