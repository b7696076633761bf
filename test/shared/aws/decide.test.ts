/** The table that decides what each failure of a call to AWS means (money §8). */
import { expect, test } from 'vitest'
import { decide } from '../../../shared/aws/decide.ts'
import { exceptionName, readAnswer } from '../../../shared/aws/failure.ts'

/** Every exception the models of metering and entitlement name (facts §0.3), and AWS's common ones. */
const NAMES: readonly [string, string][] = [
  ['ThrottlingException', 'again'],
  ['InvalidUsageDimensionException', 'halve'],
  ['InvalidLicenseException', 'halve'],
  ['InvalidCustomerIdentifierException', 'halve'],
  ['InvalidTagException', 'halve'],
  ['InvalidUsageAllocationsException', 'halve'],
  ['TimestampOutOfBoundsException', 'halve'],
  ['ValidationException', 'halve'],
  ['AccessDeniedException', 'stop'],
  ['UnrecognizedClientException', 'stop'],
  ['InvalidSignatureException', 'stop'],
  ['MissingAuthenticationTokenException', 'stop'],
  ['DisabledApiException', 'stop'],
  ['InvalidProductCodeException', 'stop'],
  ['InvalidEndpointRegionException', 'stop'],
  ['InvalidTokenException', 'refuse'],
  ['ExpiredTokenException', 'refuse'],
  ['InvalidParameterException', 'refuse'],
  ['NobodyKnowsThisException', 'stop'],
  ['toString', 'stop'],
  ['__proto__', 'stop'],
]
test.each(NAMES)('%s: %s; with a 5xx it is unanswered, whatever its name', (name, act) => {
  expect(decide({ kind: 'refused', name, message: '', status: 400 }).act).toBe(act)
  expect(decide({ kind: 'refused', name, message: '', status: 500 }).act).toBe('unanswered')
})

test.each([
  ['com.amazonaws.marketplacemetering#InvalidTokenException', 'InvalidTokenException'],
  ['InvalidTokenException:http://internal.amazon.com/coral/', 'InvalidTokenException'],
  ['ThrottlingException', 'ThrottlingException'],
  ['', undefined],
  ['<b>', undefined],
])('the exception name in %j is %j (facts §0.3)', (text, name) => {
  expect(exceptionName(text)).toBe(name)
})

test.each([
  [200, '{"Results":[]}', null, { ok: true, value: { Results: [] } }],
  [200, '', null, 'unexpected_body'],
  [200, '<html>', null, 'unexpected_body'],
  [200, '[]', null, 'unexpected_body'],
  [200, 'null', null, 'unexpected_body'],
  [400, '{"__type":"a#ThrottlingException","message":"slow\\u0000 down"}', null, 'refused'],
  [400, '', 'ThrottlingException:', 'refused'],
  [403, '<html>', null, 'unexpected_status'],
  [502, 'Bad Gateway', null, 'unexpected_status'],
])('%i with %j and header %j is read as %o (G.3 row 56)', (status, text, header, expected) => {
  const answer = readAnswer(status, text, header)
  expect(answer.ok ? answer : answer.error.kind).toEqual(expected)
  if (!answer.ok && answer.error.kind === 'refused') expect(answer.error.message).not.toContain('\0')
})

test('a refused signature repeats the request it was made of; the session token in it is not kept, nor a piece of it', () => {
  const secret = 'IQoJb3JpZ2luX2VjE'.repeat(80)
  const canonical = `POST\n/\n\nhost:x\nx-amz-date:20261121T100000Z\nX-Amz-Security-Token: ${secret}\n\nhost;x-amz-date`
  const message = `The request signature we calculated does not match. The Canonical String should have been\n'${canonical}'`
  const answer = readAnswer(403, JSON.stringify({ __type: 'a#InvalidSignatureException', message }))
  expect(answer).toMatchObject({ ok: false, error: { name: 'InvalidSignatureException' } })
  expect(JSON.stringify(answer)).toContain('host;x-amz-date')
  expect(JSON.stringify(answer)).not.toContain('IQoJ')
})
