/** What an event reports: a meter and exactly one of quantity, value (with a series) and key (money §1). Pure. */
import { readAmount } from '../amount.ts'
import { err, ok, type Result } from '../result.ts'
import type { UsageEvent } from './event.ts'
import type { Refusal } from './refusal.ts'
import { faultOf } from './text.ts'

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
  const meterFault = typeof meter === 'string' ? faultOf(meter) : 'is not a text'
  if (typeof meter !== 'string' || meterFault !== undefined) {
    return refused(
      'bad-meter',
      `meter ${meterFault}. Send the name of the meter exactly as it is configured.`,
    )
  }

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
    return ok({ kind: 'quantity', source, id, meter, time, quantity: amount.value })
  }
  if (given(value)) {
    const amount = readAmount(value)
    if (!amount.ok) return err({ code: amount.error.code, message: `value ${amount.error.message}` })
    const named = given(series) ? series : source
    const fault = typeof named === 'string' ? faultOf(named) : 'is not a text'
    if (typeof named !== 'string' || fault !== undefined) {
      return refused('bad-series', `series ${fault}. Send a text of 1 to 256 bytes, or leave it out.`)
    }
    return ok({ kind: 'value', source, id, meter, time, value: amount.value, series: named })
  }
  const fault = typeof key === 'string' ? faultOf(key) : 'is not a text'
  if (typeof key !== 'string' || fault !== undefined) {
    return refused(
      'bad-key',
      `key ${fault}. Send a text of 1 to 256 bytes that names the user or thing to count.`,
    )
  }
  return ok({ kind: 'key', source, id, meter, time, key })
}

const given = (value: unknown): boolean => value !== undefined && value !== null

const refused = (code: Refusal['code'], message: string): Result<never, Refusal> => err({ code, message })
