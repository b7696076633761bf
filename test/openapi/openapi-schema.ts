/**
 * What an OpenAPI 3.1 document may be, as a JSON Schema, kept by hand: the parts of it that this API uses, each closed, so
 * that a word which is not OpenAPI's is found. Source: OpenAPI Specification 3.1.1 §4.8 (2026-11-21).
 */
const text = { type: 'string' }
const flag = { type: 'boolean' }
const mapOf = (schema: object) => ({ type: 'object', additionalProperties: schema })
const of = (name: string) => ({ $ref: `#/$defs/${name}` })
const closed = (required: readonly string[], properties: object) => ({
  type: 'object',
  required,
  properties,
  additionalProperties: false,
})
const reference = closed(['$ref'], { $ref: text, summary: text, description: text })
const orRef = (name: string) => ({ oneOf: [reference, of(name)] })

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']

export const OPENAPI_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  ...closed(['openapi', 'info', 'paths'], {
    openapi: { ...text, pattern: '^3\\.1\\.\\d+$' },
    info: closed(['title', 'version'], { title: text, summary: text, description: text, version: text }),
    servers: { type: 'array', items: closed(['url'], { url: text, description: text }) },
    tags: { type: 'array', items: closed(['name'], { name: text, description: text }) },
    paths: { type: 'object', propertyNames: { pattern: '^/' }, additionalProperties: of('path') },
    webhooks: mapOf(of('path')),
    security: { type: 'array', items: of('security') },
    components: {
      ...closed([], {
        schemas: mapOf(of('schema')),
        responses: mapOf(orRef('response')),
        securitySchemes: mapOf(of('scheme')),
      }),
      additionalProperties: false,
    },
  }),
  $defs: {
    schema: { $ref: 'https://json-schema.org/draft/2020-12/schema' },
    security: mapOf({ type: 'array', items: text }),
    scheme: {
      oneOf: [
        closed(['type', 'scheme'], {
          type: { const: 'http' },
          scheme: text,
          bearerFormat: text,
          description: text,
        }),
        closed(['type', 'name', 'in'], {
          type: { const: 'apiKey' },
          name: text,
          in: { enum: ['query', 'header', 'cookie'] },
          description: text,
        }),
      ],
    },
    path: closed([], {
      summary: text,
      description: text,
      parameters: { type: 'array', items: orRef('parameter') },
      ...Object.fromEntries(METHODS.map((method) => [method, of('operation')])),
    }),
    operation: closed(['responses'], {
      operationId: text,
      tags: { type: 'array', items: text },
      summary: text,
      description: text,
      deprecated: flag,
      security: { type: 'array', items: of('security') },
      parameters: { type: 'array', items: orRef('parameter'), uniqueItems: true },
      requestBody: orRef('body'),
      responses: {
        type: 'object',
        minProperties: 1,
        propertyNames: { pattern: '^([1-5](\\d\\d|XX)|default)$' },
        additionalProperties: orRef('response'),
      },
    }),
    parameter: {
      ...closed(['name', 'in', 'schema'], {
        name: text,
        in: { enum: ['query', 'header', 'path', 'cookie'] },
        description: text,
        required: flag,
        schema: of('schema'),
        explode: flag,
      }),
      anyOf: [
        { properties: { in: { enum: ['query', 'header', 'cookie'] } } },
        { required: ['required'], properties: { required: { const: true } } },
      ],
    },
    body: closed(['content'], { description: text, required: flag, content: of('content') }),
    response: closed(['description'], {
      description: text,
      content: of('content'),
      headers: { type: 'object' },
    }),
    content: mapOf(closed([], { schema: of('schema'), example: {}, examples: { type: 'object' } })),
  },
}
