/** Anything at all, sent to the usage door: a 4xx or an answer for each event, never a 5xx and never `again`. */
import { reset } from 'cloudflare:test'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { migrate } from '../support.ts'
import { activate, addSubscription, ago, DAY, MINUTE, openDoor } from './support.ts'

beforeEach(migrate)
afterEach(reset)

/** Many requests, each through D1 and an object, on a machine that may be busy. */
const SLOW_MS = 30_000

const contentTypes = fc.constantFrom(
  'application/json',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
)

test(
  'any bytes are answered below 500',
  async () => {
    const door = await openDoor()
    const encodings = fc.constantFrom<Record<string, string>>({}, {}, { 'content-encoding': 'gzip' })
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 60 }),
        contentTypes,
        encodings,
        async (body, type, encoding) => {
          const response = await door.send(Uint8Array.from(body), { 'content-type': type, ...encoding })
          expect(response.status).toBeLessThan(500)
          await response.text()
        },
      ),
      { numRuns: 100 },
    )
  },
  SLOW_MS,
)

test(
  'an event with any values in any of its fields is counted, a duplicate, or refused with a code and a sentence',
  async () => {
    const door = await openDoor()
    const subscription = await activate(await addSubscription())
    const odd = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.double(),
      fc.bigInt({ min: 0n, max: 10n ** 13n }).map(String),
      fc.constantFrom(
        'api_calls',
        'users',
        ago(0),
        ago(20 * DAY),
        ago(90 * DAY),
        ago(-DAY),
        ago(-4 * MINUTE),
        '',
        '0',
        '1e3',
      ),
    )
    const field = fc.constantFrom(
      'id',
      'source',
      'meter',
      'quantity',
      'value',
      'series',
      'key',
      'time',
      'account',
      '__proto__',
    )
    const usual = { id: 'e1', subscription, meter: 'api_calls', quantity: 1, time: ago(5 * MINUTE) }
    const events = fc.array(
      fc
        .array(fc.tuple(field, odd), { maxLength: 3 })
        .map((over) => ({ ...usual, ...Object.fromEntries(over) })),
      { minLength: 1, maxLength: 60 },
    )
    await fc.assert(
      fc.asyncProperty(events, async (batch) => {
        const response = await door.post(batch)
        expect(response.status).toBe(200)
        const { results } = await response.json<{
          results: { result: string; code?: string; message?: string }[]
        }>()
        expect(results).toHaveLength(batch.length)
        for (const { result, code, message } of results) {
          expect(['counted', 'duplicate', 'refused']).toContain(result)
          if (result === 'refused')
            expect([code, message]).toEqual([
              expect.stringMatching(/^[a-z-]+$/),
              expect.stringMatching(/^[\x20-\x7e…]{30,}$/),
            ])
        }
      }),
      { numRuns: 50 },
    )
  },
  SLOW_MS,
)
