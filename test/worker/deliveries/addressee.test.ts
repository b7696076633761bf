/** What was typed into a form: an address that is only an address, a name that is only a name, text that stays text. */
import { expect, test } from 'vitest'
import { addressOf, nameOf } from '../../../worker/deliveries/addressee.ts'
import { render } from '../../../worker/deliveries/letter.ts'
import { signInLetter } from '../../../worker/deliveries/texts.ts'

/** G.3 row 47. */
const HOSTILE_ADDRESSES = [
  '<script>alert(1)</script>@buyer.example',
  'jane@buyer.example\r\nBcc: all@buyer.example',
  'jane@buyer.example\nSubject: x',
  'jane@buyer.example, other@buyer.example',
  'jane@buyer.example;other@buyer.example',
  'Jane <jane@buyer.example>',
  '"a b"@buyer.example',
  'jane@buyer.example>',
  'jane @buyer.example',
  'jane@@buyer.example',
  'jane@localhost',
  'jane@[127.0.0.1]',
  'jane@127.0.0.1',
  'jane@buyer..example',
  'jane\0@buyer.example',
  'jané@buyer.example',
  `${'a'.repeat(65)}@buyer.example`,
  `jane@${'a.'.repeat(150)}example`,
  '',
]

test.each(HOSTILE_ADDRESSES)('no mail goes to %j (G.3 row 47)', async (email) => {
  expect(addressOf(email)).toBeUndefined()
})

test.each([
  ['jane@bücher.example', 'jane@xn--bcher-kva.example'],
  ["o'hara+aws@buyer.example", "o'hara+aws@buyer.example"],
  ['Jane@Buyer.Example', 'Jane@buyer.example'],
])('%s is written to as %s', (typed, address) => {
  expect(addressOf(typed)).toBe(address)
})

/** G.3 row 48: what somebody else's name could be made to say in a mail of ours. */
const HOSTILE_NAMES = [
  '<script>alert(1)</script>',
  'Jane\r\nBcc: all@buyer.example',
  'https://evil.example',
  'evil.example',
  'you won: go to evil',
  '{{7*7}}${process.env}',
  "'; DROP TABLE contacts; --",
  'a'.repeat(1_000_000),
  '\u202egnitset',
  '',
  42,
]

test.each(HOSTILE_NAMES.map((name) => [String(name).slice(0, 40), name]))(
  'nobody is greeted as %s (G.3 row 48)',
  async (_, name) => {
    expect(nameOf(name)).toBeNull()
  },
)

test.each(['Jane', 'Jané D’Arcy-Doe', 'Dr. Jane Doe, PhD', '山田 太郎', 'محمد'])(
  '%s is greeted by name',
  (name) => {
    expect(nameOf(name)).toBe(name)
  },
)

test('every value of a letter is escaped in HTML, and its subject is one line', async () => {
  const evil = '"><img src=x onerror=alert(1)>\r\nBcc: all@buyer.example\u2028x'
  const letter = signInLetter({ brand: evil, support: evil }, 'https://x.example/?a=1&b="><b>', 15)
  const { subject, text, html } = await render(
    { ...letter, greeting: evil, facts: [[evil, evil]], paragraphs: [evil], closing: evil },
    '#fff;background:url(//evil)',
    'live',
  )
  expect(subject).not.toMatch(/[\r\n\u2028]/)
  expect(html).not.toContain('<img')
  expect(html).not.toContain('"><b>')
  expect(html).not.toContain('url(')
  expect(html).toContain('&quot;&gt;&lt;img')
  expect(text).toContain('https://x.example/?a=1&b="><b>')
})
