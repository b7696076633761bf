/** One route in the words of this house, and what OpenAPI 3.1 makes of it. Pure. */
import { statusOf, type ProblemCode } from '../problem.ts'
import { ref, type Schema } from './schema.ts'

/** How a caller says who it is. */
export const SECURITY = {
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key of the seller: `tg_…`. It sees the products it was made for, and no others.',
  },
  operatorKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'The operator key of this deployment: `tgo_…`.',
  },
  pushKey: {
    type: 'apiKey',
    in: 'header',
    name: 'x-api-key',
    description: 'The key of the EventBridge connection (EVENTS_PUSH_KEYS).',
  },
} as const

export interface Route {
  /** Unique; client generators make a function's name of it. */
  readonly id: string
  readonly tag: string
  /** One sentence. */
  readonly says: string
  readonly more?: string
  /** Absent: anybody may ask. */
  readonly key?: keyof typeof SECURITY
  /** Parameters of the query by name; `required` ones end in `!`. */
  readonly query?: Readonly<Record<string, Schema>>
  /** Headers a caller may send. */
  readonly headers?: Readonly<Record<string, Schema>>
  /** JSON, or by content type. */
  readonly body?: Schema | { readonly types: Readonly<Record<string, Schema>> }
  /** What 200 holds; a status alone: it holds nothing. */
  readonly ok: Schema | number
  /** Where it is not 200, or not only. */
  readonly status?: number | readonly number[]
  /** Further answers without a body, such as 304. */
  readonly also?: Readonly<Record<number, string>>
  /** The codes of problems that are this route's. */
  readonly problems?: readonly ProblemCode[]
  /** Statuses of problems whose codes are not listed here. */
  readonly open?: readonly number[]
}

/** Routes by path and method. */
export type Paths = Readonly<
  Record<string, Readonly<Partial<Record<'get' | 'post' | 'put' | 'delete', Route>>>>
>

/** What stands in an address between slashes. */
export type PathParameters = Readonly<Record<string, Schema>>

const PROBLEM = 'application/problem+json'

/** Every route with this key may answer these. */
const OF_KEY: Readonly<Record<keyof typeof SECURITY, readonly ProblemCode[]>> = {
  apiKey: ['unauthorized', 'again'],
  operatorKey: ['not-configured', 'forbidden', 'unauthorized'],
  pushKey: [],
}

/** Routes as OpenAPI's Paths Object. */
export function pathsObject(paths: Paths, parameters: PathParameters): Schema {
  return Object.fromEntries(
    Object.entries(paths).map(([path, methods]) => [
      path,
      Object.fromEntries(
        Object.entries(methods).map(([method, route]) => [
          method,
          operation(path, method, route, parameters),
        ]),
      ),
    ]),
  )
}

function operation(path: string, method: string, route: Route, known: PathParameters): Schema {
  const { id, tag, says, more, key, query = {}, headers = {}, body } = route
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) =>
    parameter('path', `${name}!`, known[name] ?? {}),
  )
  const inQuery = Object.entries(query).map(([name, schema]) => parameter('query', name, schema))
  const inHeader = Object.entries(headers).map(([name, schema]) => parameter('header', name, schema))
  const parameters = [...inPath, ...inQuery, ...inHeader]
  return {
    operationId: id,
    tags: [tag],
    summary: says,
    ...(more === undefined ? {} : { description: more }),
    security: key === undefined ? [] : [{ [key]: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: contentOf(body) } }),
    responses: responsesOf(route, method),
  }
}

function parameter(where: 'path' | 'query' | 'header', given: string, schema: Schema): Schema {
  const { description, ...rest } = schema
  const required = given.endsWith('!')
  return {
    name: given.replace(/!$/, ''),
    in: where,
    ...(required ? { required } : {}),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }
}

const contentOf = (body: Exclude<Route['body'], undefined>): Schema => {
  const types =
    'types' in body ? (body.types as Readonly<Record<string, Schema>>) : { 'application/json': body }
  return Object.fromEntries(Object.entries(types).map(([type, schema]) => [type, { schema }]))
}

function responsesOf(
  { ok, status = 200, also = {}, problems = [], open = [], key, body }: Route,
  method: string,
): Schema {
  const codes = new Map<number, ProblemCode[]>(open.map((status) => [status, []]))
  const all = new Set([...problems, ...(key === undefined ? [] : OF_KEY[key])])
  if (key === 'operatorKey' && method === 'post') all.add('wrong-content-type')
  if (body !== undefined && key === 'operatorKey')
    for (const code of [
      'bad-parameter',
      'not-json',
      'too-large',
      'bad-gzip',
      'wrong-content-encoding',
    ] as const)
      all.add(code)
  for (const code of all) {
    const status = statusOf(code)
    if (!open.includes(status)) codes.set(status, [...(codes.get(status) ?? []), code])
  }
  const done =
    typeof ok === 'number'
      ? { [ok]: { description: 'Done.' } }
      : Object.fromEntries([status].flat().map((one) => [one, answer('The answer.', ok)]))
  return {
    ...done,
    ...Object.fromEntries(Object.entries(also).map(([status, description]) => [status, { description }])),
    ...Object.fromEntries([...codes].map(([status, list]) => [status, problemAnswer(list)])),
    default: { $ref: '#/components/responses/Problem' },
  }
}

const answer = (description: string, schema: Schema, type = 'application/json'): Schema => ({
  description,
  content: { [type]: { schema } },
})

/** A problem whose code is one of these; none: any. */
export const problemAnswer = (codes: readonly ProblemCode[]): Schema =>
  codes.length === 0
    ? answer('Refused; `code` says why.', ref('Problem'), PROBLEM)
    : answer(
        codes.map((code) => `\`${code}\``).join(', '),
        { allOf: [ref('Problem'), { properties: { code: { enum: codes } } }] },
        PROBLEM,
      )
