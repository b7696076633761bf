/** What MeterUsage says, and what of it a record remembers (money §8, §11; facts §0.3, §2.9). */
import { expect, test } from 'vitest'
import { clientToken, meterUsageRequest, readMeterUsage, uuidV5 } from '../../../shared/aws/meter-usage.ts'
import type { CallFailure } from '../../../shared/aws/failure.ts'
import { type Hour, HOUR_MS } from '../../../shared/hour.ts'
import { err, ok } from '../../../shared/result.ts'
import type { FrozenRecord } from '../../../shared/submission/record.ts'

const HOUR = Date.UTC(2026, 10, 21, 10) as Hour
const RECORD: FrozenRecord = {
  key: 'us-east-1|task|code|task/a|api_call|1',
  subscription: 'sub_0000000000000000000001',
  product: 'container',
  productCode: '9w3jx5t7q1bn4gz6k8yd2vhm0',
  identity: {
    kind: 'task',
    fromHour: HOUR,
    region: 'us-east-1',
    productCode: '9w3jx5t7q1bn4gz6k8yd2vhm0',
    task: 'task/a',
    startedAt: HOUR,
  },
  dimension: 'api_call',
  hour: HOUR,
  timestamp: HOUR,
  quantity: 7,
  deadline: HOUR + 6 * HOUR_MS,
  final: false,
  price: '100',
}

const refused = (name: string, status = 400) =>
  err<CallFailure>({ kind: 'refused', name, message: 'said', status })

test('a UUID of version 5 is that of RFC 9562', () => {
  expect(uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe(
    '2ed6657d-e927-568b-95e1-2665a8aea6a2',
  )
  // Longer than one block of SHA-1, and at the edges of its padding.
  expect(uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'a'.repeat(39))).toMatch(/^[0-9a-f-]{36}$/)
})

test('the same record has one token for ever; another task, dimension, hour, product or quantity has another (money §11)', () => {
  const token = clientToken(RECORD)
  expect(clientToken({ ...RECORD })).toBe(token)
  expect(token).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  const others = [
    { ...RECORD, quantity: 8 },
    { ...RECORD, dimension: 'other' },
    { ...RECORD, hour: (HOUR + HOUR_MS) as Hour },
    { ...RECORD, productCode: 'other' },
    { ...RECORD, identity: { ...RECORD.identity, task: 'task/b' } as FrozenRecord['identity'] },
  ].map(clientToken)
  expect(new Set([token, ...others]).size).toBe(others.length + 1)
  expect(meterUsageRequest(RECORD)).toEqual({
    productCode: RECORD.productCode,
    dimension: 'api_call',
    timestamp: HOUR,
    quantity: 7,
    clientToken: token,
  })
})

const AGAIN = { act: 'again' }
const UNANSWERED = { act: 'unanswered' }
const end = (state: string, reason: string | null, receipt: string | null = null) => ({
  act: 'end',
  ending: { state, reason, receipt },
})
const stop = (reason: string) => ({ act: 'stop', reason, message: 'said' })

test.each([
  ['Success', ok('record-1'), end('billed', null, 'record-1'), end('billed', null, 'record-1')],
  ['DuplicateRequestException', undefined, end('expired', 'conflict'), end('doubtful', 'conflict')],
  ['IdempotencyConflictException', undefined, end('expired', 'conflict'), end('doubtful', 'conflict')],
  [
    'TimestampOutOfBoundsException',
    undefined,
    end('expired', 'TimestampOutOfBoundsException'),
    end('doubtful', 'TimestampOutOfBoundsException'),
  ],
  ['CustomerNotEntitledException', undefined, { act: 'not-entitled' }, { act: 'not-entitled' }],
  ...['InvalidUsageDimension', 'InvalidTag', 'InvalidUsageAllocations', 'Validation'].map(
    (name) =>
      [
        `${name}Exception`,
        undefined,
        end('parked', `${name}Exception`),
        end('doubtful', `${name}Exception`),
      ] as const,
  ),
  ...[
    'AccessDeniedException',
    'ExpiredTokenException',
    'UnrecognizedClientException',
    'InvalidSignatureException',
    'InvalidEndpointRegionException',
    'InvalidProductCodeException',
    'PlatformNotSupportedException',
    'ANameNobodyKnows',
  ].map((name) => [name, undefined, stop(name), stop(name)] as const),
  ['ThrottlingException', undefined, AGAIN, AGAIN],
  ['InternalServiceErrorException', refused('InternalServiceErrorException', 500), UNANSWERED, UNANSWERED],
  ['AccessDeniedException with a 500', refused('AccessDeniedException', 500), UNANSWERED, UNANSWERED],
  ['a timeout', err({ kind: 'unreachable', cause: 'timeout', message: '' } as const), UNANSWERED, UNANSWERED],
  ['a 502 of a proxy', err({ kind: 'unexpected_status', status: 502 } as const), UNANSWERED, UNANSWERED],
  ['a 200 nobody can read', err({ kind: 'unexpected_body', message: '' } as const), UNANSWERED, UNANSWERED],
  ['no credentials', err({ kind: 'not_sent', message: '' } as const), AGAIN, AGAIN],
] as const)(
  '%s has one meaning before and one after an unanswered attempt (money §8)',
  (name, answer, never, after) => {
    const result = answer ?? refused(name)
    expect(readMeterUsage(result, false)).toEqual(never)
    expect(readMeterUsage(result, true)).toEqual(after)
  },
)
