/** Short words for the schemas of the API's description (JSON Schema 2020-12, as OpenAPI 3.1 takes it). Pure. */

export type Schema = Readonly<Record<string, unknown>>

/** A schema that stands under `components`. */
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })

/** What a value is, and what a reader has to know of it. */
const of =
  (schema: Schema) =>
  (description?: string): Schema =>
    description === undefined ? schema : { ...schema, description }

export const text = of({ type: 'string' })
export const int = of({ type: 'integer' })
export const bool = of({ type: 'boolean' })
/** Deeper than this description goes. */
export const any = of({ type: 'object' })
/** RFC 3339, UTC. */
export const time = of({ type: 'string', format: 'date-time' })
/** Milliseconds since 1970. */
export const ms = of({ type: 'integer', description: 'Milliseconds since 1970, UTC.' })
/** Exact decimals never travel as numbers. */
export const decimal = of({ type: 'string', pattern: '^-?\\d+(\\.\\d+)?$', description: 'Decimal text.' })

export const oneOf = (values: readonly (string | null)[], description?: string): Schema =>
  of({ enum: values })(description)

export const list = (items: Schema): Schema => ({ type: 'array', items })

export const orNull = (schema: Schema): Schema =>
  typeof schema['type'] === 'string'
    ? { ...schema, type: [schema['type'], 'null'] }
    : { anyOf: [schema, { type: 'null' }] }

/** Every member is there, but for those that end in `?`. */
export function obj(members: Readonly<Record<string, Schema>>, description?: string): Schema {
  const names = Object.keys(members)
  return of({
    type: 'object',
    required: names.filter((name) => !name.endsWith('?')),
    properties: Object.fromEntries(names.map((name) => [name.replace(/\?$/, ''), members[name]])),
  })(description)
}

/** One page of a list; `next` goes into `after`, null: there is no more. */
export const page = (row: Schema, name = 'rows'): Schema =>
  obj({ [name]: list(row), next: orNull(text('The `after` of the next page; null: this was the last.')) })
