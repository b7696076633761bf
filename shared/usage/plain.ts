/** The plain JSON form of an event. Pure. A field it does not know is refused by name: a typo must not lose money. */
import { ok, type Result } from '../result.ts'
import { readMeasure } from './measure.ts'
import { readNaming, type NamedEvent, type ReadNaming } from './naming.ts'
import { refused, type Refusal } from './refusal.ts'
import { given, quoted, readText } from './text.ts'
import { readTime } from './time.ts'

const FIELDS = new Set([
  'id',
  'source',
  'subscription',
  'licenseArn',
  'account',
  'product',
  'meter',
  'quantity',
  'value',
  'series',
  'key',
  'time',
])

/** One event in the plain form. `source` is who reports when the event does not say: the API key's id. */
export function readPlainEvent(
  raw: Record<string, unknown>,
  source: string,
  named: ReadNaming = readNaming,
): Result<NamedEvent, Refusal> {
  const unknown = Object.keys(raw).find((field) => !FIELDS.has(field))
  if (unknown !== undefined) return unknownField(unknown)

  const id = readId(raw['id'])
  if (!id.ok) return id
  const from = readText('source', raw['source'] ?? source, 'bad-source')
  if (!from.ok) return from
  const naming = named({
    subscription: raw['subscription'],
    licenseArn: raw['licenseArn'],
    account: raw['account'],
    product: raw['product'],
  })
  if (!naming.ok) return naming
  const time = readTime(raw['time'])
  if (!time.ok) return time
  const stamp = { source: from.value, id: id.value, time: time.value }
  const event = readMeasure(
    {
      meter: raw['meter'],
      quantity: raw['quantity'],
      value: raw['value'],
      series: raw['series'],
      key: raw['key'],
    },
    stamp,
  )
  return event.ok ? ok({ event: event.value, naming: naming.value }) : event
}

function unknownField(field: string): Result<never, Refusal> {
  const remedy =
    field === 'specversion'
      ? 'For CloudEvents send Content-Type: application/cloudevents+json.'
      : `An event has: ${[...FIELDS].join(', ')}.`
  return refused('unknown-field', `The event has a field ${quoted(field)} that is not known. ${remedy}`)
}

/** The id that makes a retry safe. */
export const readId = (value: unknown): Result<string, Refusal> =>
  given(value)
    ? readText('id', value, 'bad-id')
    : refused(
        'id-missing',
        'The event has no id. Give each event an id of your own and keep it at every retry, so it counts once.',
      )
