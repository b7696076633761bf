/** What each failed call of a start means: one table, every documented exception (facts §2.9, §3, §6.2). */
import { expect, test } from 'vitest'
import { verdictOf } from '../../../container/entitlement/refusals.ts'
import type { CallFailure } from '../../../shared/aws/failure.ts'

const ASKED = {
  operation: 'RegisterUsage',
  action: 'aws-marketplace:RegisterUsage',
  title: 'Skillsmith',
  productCode: 'x'.repeat(25),
}
const refused = (name: string, status = 400): CallFailure => ({
  kind: 'refused',
  name,
  message: 'words',
  status,
})
const meaning = (failure: CallFailure): string => {
  const { kind, code } = verdictOf(failure, ASKED)
  return `${kind}: ${code}`
}

test.each([
  ['CustomerNotEntitledException', 'not-entitled: not-entitled'],
  ['UnauthorizedException', 'not-entitled: unauthorized'],
  ['NoEntitlementsAllowedException', 'not-entitled: no-entitlements'],
  ['PlatformNotSupportedException', 'not-supported: platform-not-supported'],
  ['InvalidRegionException', 'not-supported: wrong-region'],
  ['InvalidEndpointRegionException', 'not-supported: wrong-region'],
  ['DisabledApiException', 'not-supported: wrong-region'],
  ['AccessDeniedException', 'misconfigured: access-denied'],
  ['InvalidProductCodeException', 'misconfigured: product-code'],
  ['InvalidPublicKeyVersionException', 'misconfigured: public-key'],
  ['InvalidUsageDimensionException', 'misconfigured: dimension'],
  ['ThrottlingException', 'again: throttled'],
  ['InternalServiceErrorException', 'again: aws-failed'],
  ['ExpiredTokenException', 'again: credentials'],
  ['TimestampOutOfBoundsException', 'again: clock-off'],
  ['InvalidSignatureException', 'again: clock-off'],
  ['SomethingNewException', 'misconfigured: refused'],
  ['toString', 'misconfigured: refused'],
])('%s is %s', (name, expected) => {
  expect(meaning(refused(name))).toBe(expected)
})

test('a 5xx of any name, silence, a proxy’s page and missing credentials are asked again', () => {
  const failures: CallFailure[] = [
    refused('SomethingNewException', 503),
    { kind: 'unreachable', cause: 'timeout', message: 'late' },
    { kind: 'unexpected_status', status: 403 },
    { kind: 'unexpected_body', message: 'html' },
    { kind: 'not_sent', message: 'none' },
  ]
  expect(failures.map(meaning)).toEqual([
    'again: aws-failed',
    'again: unreachable',
    'again: unreachable',
    'again: unreachable',
    'again: credentials',
  ])
})
