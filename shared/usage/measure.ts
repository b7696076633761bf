/** What an event reports: a meter and exactly one of quantity, value (with a series) and key (money §1). Pure. */
import { readAmount } from '../amount.ts'
import { err, ok, type Result } from '../result.ts'
import type { UsageEvent } from './event.ts'
import { refused, type Refusal } from './refusal.ts'
import { given, readText } from './text.ts'

/** The fields as they were sent; `null` and absent are the same. */
export interface MeasureFields {
  readonly meter: unknown
  readonly quantity: unknown
  readonly value: unknown
  readonly series: unknown
  readonly key: unknown
}

/** Everything of an event that has been checked before its measure. */
export interface Stamp {
  readonly source: string
  readonly id: string
  readonly time: number
}

/** The whole event, or why its measure is not taken. Whether the meter is known is the Ledger's to say. */
export function readMeasure(fields: MeasureFields, stamp: Stamp): Result<UsageEvent, Refusal> {
  const { source, id, time } = stamp
  const { meter, quantity, value, series, key } = fields
  if (!given(meter))
    return refused('meter-missing', 'The event names no meter. Send the name of the meter as text.')
  const name = readText('meter', meter, 'bad-meter')
  if (!name.ok) return name

  const amounts = Number(given(quantity)) + Number(given(value)) + Number(given(key))
  if (amounts === 0) {
    return refused(
      'amount-missing',
      'The event says no amount. Send one of: quantity (how much was used), value (a level), key (who or what).',
    )
  }
  if (amounts > 1) {
    return refused(
      'amount-twice',
      'The event has more than one of quantity, value and key. Send the one its meter takes.',
    )
  }
  if (given(series) && !given(value)) {
    return refused('bad-series', 'series belongs to value only. Leave it out.')
  }

  if (given(quantity)) {
    const amount = readAmount(quantity)
    if (!amount.ok) return err({ code: amount.error.code, message: `quantity ${amount.error.message}` })
    return ok({ kind: 'quantity', source, id, meter: name.value, time, quantity: amount.value })
  }
  if (given(value)) {
    const amount = readAmount(value)
    if (!amount.ok) return err({ code: amount.error.code, message: `value ${amount.error.message}` })
    const named = readText('series', series ?? source, 'bad-series')
    if (!named.ok) return named
    return ok({
      kind: 'value',
      source,
      id,
      meter: name.value,
      time,
      value: amount.value,
      series: named.value,
    })
  }
  const named = readText('key', key, 'bad-key')
  return named.ok ? ok({ kind: 'key', source, id, meter: name.value, time, key: named.value }) : named
}
