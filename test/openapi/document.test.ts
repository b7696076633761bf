/** The API's description is an OpenAPI 3.1 document; test/worker/openapi holds it to the routes. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { openApi } from '../../worker/openapi/document.ts'
import { seller } from '../../worker/seller.ts'
import { judge } from './judge.ts'
import { OPENAPI_SCHEMA } from './openapi-schema.ts'

const document = openApi(seller)

test('it is OpenAPI 3.1 with JSON Schemas of 2020-12', () => {
  const validate = new Ajv2020({ strict: false, allErrors: true }).compile(OPENAPI_SCHEMA)
  validate(document)
  expect(validate.errors ?? []).toEqual([])
})

test('a word that is not OpenAPI’s is found', () => {
  const validate = new Ajv2020({ strict: false }).compile(OPENAPI_SCHEMA)
  expect(validate({ ...document, webhook: {} })).toBe(false)
  expect(validate({ ...document, paths: { '/a': { get: { response: {} } } } })).toBe(false)
  expect(validate({ ...document, components: { schemas: { A: { type: 'strng' } } } })).toBe(false)
})

test('each operation has an id of its own, and every reference leads somewhere', () => {
  const text = JSON.stringify(document)
  const ids = [...text.matchAll(/"operationId":"([^"]+)"/g)].map(([, id]) => id)
  expect(new Set(ids).size).toBe(ids.length)
  const components = document['components'] as Readonly<Record<string, object>>
  const missing = [...text.matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)].filter(
    ([, kind = '', name = '']) => !Object.hasOwn(components[kind] ?? {}, name),
  )
  expect(missing.map(([whole]) => whole)).toEqual([])
})

test('the judge of answers finds a member too many, one too few, a status and a code that are not described', () => {
  const health = { method: 'get', path: '/health', status: 200, type: 'application/json' }
  const found = [
    judge({ ...health, body: '{"status":"ok","metering":"dry","version":null}' }),
    judge({ ...health, body: '{"status":"ok","metering":"dry","version":null,"more":1}' }),
    judge({ ...health, body: '{}' }),
    judge({ ...health, status: 201, body: '{}' }),
    judge({
      ...health,
      path: '/v1/records',
      status: 400,
      type: 'application/problem+json',
      body: '{"type":"x","title":"x","status":400,"code":"bad-plan","detail":"x"}',
    }),
  ]
  expect(found.map((errors) => errors.length > 0)).toEqual([false, true, true, true, true])
})
