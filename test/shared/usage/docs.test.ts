/** docs/usage.md against the code it describes. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readPlainEvent } from '../../../shared/usage/plain.ts'
import { BODY_MAX_BYTES, EVENTS_MAX, formOf, readRequest } from '../../../shared/usage/read.ts'
import { FORM_CODES, LOOKUP_CODES, REQUEST_CODES, TAKEN_OVER_CODES } from '../../../shared/usage/refusal.ts'

const page = readFileSync(new URL('../../../docs/usage.md', import.meta.url), 'utf8')

test.each([...FORM_CODES, ...LOOKUP_CODES, ...TAKEN_OVER_CODES, ...REQUEST_CODES])(
  'the page says what to do about %s',
  (code) => {
    expect(page).toContain(`\`${code}\``)
  },
)

test('the page names every field an event may have', () => {
  const read = readPlainEvent({ nonsense: 1 }, 'key_1')
  const fields = read.ok ? [] : (/An event has: (.*)\.$/.exec(read.error.message)?.[1]?.split(', ') ?? [])
  expect(fields.length).toBeGreaterThan(10)
  for (const field of fields) expect(page).toContain(`\`${field}\``)
})

test('the page names the limits', () => {
  const spaced = (n: number) => n.toString().replaceAll(/\B(?=(\d{3})+$)/g, ' ')
  expect(page).toContain(`${spaced(EVENTS_MAX)} events`)
  expect(page).toContain(`${spaced(BODY_MAX_BYTES)} bytes`)
})

/** A body of the page with the placeholders of its shell filled in. */
const filled = (body: string): string =>
  body
    .replaceAll(`'"$SUBSCRIPTION"'`, 'sub_0123456789ABCDEFGHIJKL')
    .replaceAll(/'"\$\(date [^)]*\)"'/g, '2026-11-21T10:15:00Z')

/** Whether each event of a body is read. */
function outcomes(body: string, contentType: string | null): readonly boolean[] {
  const request = readRequest(new TextEncoder().encode(body), formOf(contentType) ?? 'any', 'key_1')
  if (!request.ok) throw new Error(request.error.message)
  const { value } = request
  return value.kind === 'sequence'
    ? value.events.map((read) => read.ok)
    : value.events.map(({ read }) => read.ok)
}

test('every body of the page is read as it says, with all its events', () => {
  const posts = [...page.matchAll(/-H 'Content-Type: ([^']+)' \\\n\s+-d '([\s\S]*?)'\n```/g)]
  const bodies = posts.filter(([, , body]) => !body?.includes('"plan"'))
  expect(bodies).toHaveLength(4)
  for (const [, contentType = '', body = ''] of bodies)
    expect(outcomes(filled(body), contentType)).not.toContain(false)
})

test('the message and the records of other systems that the page shows are read', () => {
  const [, message = ''] = /--message-body '([\s\S]*?)'\n```/.exec(page) ?? []
  expect(outcomes(filled(message), null)).toEqual([true])
  const records = [...page.matchAll(/```json\n(\{ "(?:customerAWS|create_)[\s\S]*?)```/g)]
  expect(records).toHaveLength(2)
  for (const [, record = ''] of records) expect(outcomes(record, 'application/json')).toEqual([true])
})
