/** Answers that are Cloudflare's own, and answers that only look so. */
import { expect, test } from 'vitest'
import { describeMark, markOf, type Mark } from '../../../commands/deploy/marks.ts'

const answer = (status: number, headers: Readonly<Record<string, string>>, body = '') => ({
  status,
  header: (name: string) => headers[name] ?? null,
  body,
})

test.each<[string, ReturnType<typeof answer>, Mark | null]>([
  [
    'a sign-in',
    answer(302, { location: 'https://acme.cloudflareaccess.com/cdn-cgi/access/login/x' }),
    'access',
  ],
  ['a redirect elsewhere', answer(302, { location: 'https://evil.example/?a=.cloudflareaccess.com/' }), null],
  ['a challenge by its header', answer(403, { 'cf-mitigated': 'challenge' }), 'challenge'],
  ['a challenge by its page', answer(503, {}, '<title>Just a moment...</title>'), 'challenge'],
  ['a signature, as text', answer(403, {}, 'error code: 1010'), 'signature'],
  ['a rule, as a page', answer(403, {}, '<span class="cf-error-code">1020</span>'), 'rule'],
  ['a rule’s number in an answer that is well', answer(200, {}, 'error code: 1020'), null],
  ['the Worker’s own 403', answer(403, {}, '{"code":"forbidden"}'), null],
])('%s is told', (_, given, mark) => {
  expect(markOf(given)).toBe(mark)
})

test('a mark is told with the address, what it is and whose move it is', () => {
  expect(describeMark('https://a.example/x', 'access')).toBe(
    'https://a.example/x is answered by the sign-in of Cloudflare Access. Yours: in Zero Trust, Access, Applications, let the application cover the path /console only; AWS, buyers and your application cannot sign in.',
  )
})
