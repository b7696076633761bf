/**
 * The CloudEvents 1.0 JSON form of an event. Pure. `subject` or `data` names the subscription, `data` says what was used.
 * Source: CloudEvents 1.0.2 and its JSON format: required attributes, attribute names, null is absent (2026-11-21).
 */
import { ok, type Result } from '../result.ts'
import { readMeasure } from './measure.ts'
import { readNaming, type NamedEvent, type ReadNaming } from './naming.ts'
import { readId } from './plain.ts'
import { refused, type Refusal } from './refusal.ts'
import { faultOf, given, quoted, readText } from './text.ts'
import { readTimeText } from './time.ts'

const DATA_FIELDS = new Set([
  'meter',
  'quantity',
  'value',
  'series',
  'key',
  'licenseArn',
  'account',
  'product',
])

/** What an attribute's name is made of; `data` and `data_base64` are members, not attributes. */
const ATTRIBUTE = /^[a-z0-9]{1,64}$/

/** One CloudEvent. Its `source` is who reports; extension attributes are allowed and not kept. */
export function readCloudEvent(
  raw: Record<string, unknown>,
  named: ReadNaming = readNaming,
): Result<NamedEvent, Refusal> {
  const { specversion, type, source, subject, datacontenttype } = raw
  if (specversion !== '1.0') return attribute('specversion', 'is not "1.0"', 'Send CloudEvents 1.0.')
  const id = readId(raw['id'])
  if (!id.ok) return id
  const from = readText('source', source, 'bad-source')
  if (!from.ok) return from
  if (typeof type !== 'string' || faultOf(type) !== undefined) {
    return attribute(
      'type',
      'is missing or not a text',
      'Send a name for this kind of event, such as "usage".',
    )
  }
  if (given(datacontenttype) && !isJsonType(datacontenttype)) {
    return attribute(
      'datacontenttype',
      'is not JSON',
      'Send data as a JSON object, or leave datacontenttype out.',
    )
  }
  const extension = readExtensions(raw)
  if (!extension.ok) return extension

  const { data } = raw
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    return attribute('data', 'is not a JSON object', 'Send data as { "meter": …, "quantity": … }.')
  }
  const fields = data as Record<string, unknown>
  const unknown = Object.keys(fields).find((field) => !DATA_FIELDS.has(field))
  if (unknown !== undefined) {
    const known = [...DATA_FIELDS].join(', ')
    return refused(
      'unknown-field',
      `data has a field ${quoted(unknown)} that is not known. It has: ${known}.`,
    )
  }
  const naming = named({
    subscription: subject,
    licenseArn: fields['licenseArn'],
    account: fields['account'],
    product: fields['product'],
  })
  if (!naming.ok) return naming
  const time = readTimeText(raw['time'])
  if (!time.ok) return time
  const event = readMeasure(
    {
      meter: fields['meter'],
      quantity: fields['quantity'],
      value: fields['value'],
      series: fields['series'],
      key: fields['key'],
    },
    { source: from.value, id: id.value, time: time.value },
  )
  return event.ok ? ok({ event: event.value, naming: naming.value }) : event
}

/** Names in lower case, values that are no objects: `Quantity` beside `data` is a slip, not an extension. */
function readExtensions(raw: Record<string, unknown>): Result<true, Refusal> {
  for (const name of Object.keys(raw)) {
    if (name === 'data') continue
    if (name === 'data_base64') return attribute(name, 'is not taken', 'Send data as a JSON object.')
    if (!ATTRIBUTE.test(name)) {
      return attribute(
        name,
        'is no attribute of CloudEvents',
        'Names have lower-case letters and digits; usage goes into data.',
      )
    }
    const value = raw[name]
    if (typeof value === 'object' && value !== null) {
      return attribute(name, 'is not a text, a number or a boolean', 'What was used goes into data.')
    }
  }
  return ok(true)
}

const isJsonType = (value: unknown): boolean =>
  typeof value === 'string' && /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(value)

const attribute = (name: string, fault: string, remedy: string): Result<never, Refusal> =>
  refused('cloudevent-attribute', `${quoted(name)} ${fault}. ${remedy}`)
