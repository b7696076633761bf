/** Holds an answer against the API's description, with ajv: each member it names is there, and it names each that is there. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { seller } from '../../worker/seller.ts'
import { openApi } from '../../worker/openapi/document.ts'

/** An answer as it came. */
export interface Answered {
  readonly method: string
  /** The route, as the description names it. */
  readonly path: string
  readonly status: number
  readonly type: string
  readonly body: string
}

/** Answers of any route: the guard in front of them all, and what was not expected. */
const ANYWHERE = ['https-only', 'uri-too-long', 'internal']

const document = openApi(seller)
const ajv = new Ajv2020({
  strict: false,
  allErrors: true,
  formats: { 'date-time': /^\d{4}-\d\d-\d\dT[\d:.]+Z$/ },
})
ajv.addSchema(closed(document) as object, 'api')
const known = new Map<string, ValidateFunction>()

/** What of an answer is not as described; empty: all is. */
export function judge({ method, path, status, type, body }: Answered): readonly string[] {
  const name = `${method.toUpperCase()} ${path}`
  const route = at(document, ['paths', path, method.toLowerCase()])
  if (route === undefined) return [`${name} is not described`]
  const described = at(route, ['responses', String(status)])
  if (described === undefined) {
    const code = type.includes('problem') ? String(at(JSON.parse(body), ['code'])) : ''
    return ANYWHERE.includes(code) ? [] : [`${name} answered ${status} ${code}, which is not described`]
  }
  const content = at(described, ['content'])
  if (content === undefined) return body === '' ? [] : [`${name} answered ${status} with a body`]
  const media = type.split(';', 1)[0] ?? ''
  if (at(content, [media]) === undefined) return [`${name} answered ${status} as ${type}`]
  return check(
    `${name} ${status}`,
    ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', media, 'schema'],
    body,
  )
}

/** What of a webhook's body is not as described. */
export function judgeWebhook(type: string, body: string): readonly string[] {
  const pointer = ['webhooks', type, 'post', 'requestBody', 'content', 'application/json', 'schema']
  return at(document, pointer) === undefined ? [`${type} is not described`] : check(type, pointer, body)
}

function check(name: string, pointer: readonly string[], body: string): readonly string[] {
  const steps = pointer.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1')))
  const $ref = `api#/${steps.join('/')}`
  const validate = known.get($ref) ?? ajv.compile({ $ref })
  known.set($ref, validate)
  if (validate(JSON.parse(body))) return []
  return (validate.errors ?? []).map(
    ({ instancePath, message = '', params }) =>
      `${name}: ${instancePath} ${message} ${JSON.stringify(params)}`,
  )
}

const at = (value: unknown, steps: readonly string[]): unknown =>
  steps.reduce<unknown>(
    (found, step) =>
      typeof found === 'object' && found !== null
        ? (found as Readonly<Record<string, unknown>>)[step]
        : undefined,
    value,
  )

/**
 * The description without its leave to add members: an object of named members has those alone. What is put together of
 * several (`allOf`) is left open, as a problem with its further members is.
 */
function closed(value: unknown, open = false): unknown {
  if (Array.isArray(value)) return value.map((one) => closed(one, open))
  if (typeof value !== 'object' || value === null) return value
  const parts = Object.entries(value).map(([name, one]) => [
    name,
    closed(one, name === 'allOf' || name === 'Problem' || (open && name !== 'properties')),
  ])
  const made = Object.fromEntries(parts) as Readonly<Record<string, unknown>>
  return !open && typeof made['properties'] === 'object' && made['type'] === 'object'
    ? { ...made, additionalProperties: false }
    : made
}
