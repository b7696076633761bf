/**
 * Holds the read model against its Ledgers when a seed has come to its end (money §7 *Size*): each day's usage and units, and
 * every record that is not simply billed. Reads only.
 */
import { amountOf, formatAmount } from '../../../shared/amount.ts'
import { DAY_MS, monthOf, nextMonth } from '../../../shared/hour.ts'
import type { Ledger } from '../../../shared/ledger/ledger.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import type { ReadModel } from './read-model.ts'

/** What differs, in plain words; empty: the read model shows what the Ledger does. */
export function compareReadModel(
  { days, records }: Pick<ReadModel, 'days' | 'records'>,
  subscription: SubscriptionId,
  ledger: Ledger,
  from: number,
  until: number,
): string[] {
  const shown = new Map(
    [...days()].flatMap(([key, row]) => (key.startsWith(`${subscription}|`) ? [[key, row]] : [])),
  )
  const own = daysOf(ledger, subscription, from, until)
  const wrong = [...new Set([...own.keys(), ...shown.keys()])].flatMap((key) => {
    // Of a month that ended long ago the Ledger itself no longer knows each day.
    if (nextMonth(monthOf(Number(key.split('|')[2]))) < until - KEPT_MS) return []
    const found = shown.get(key) ?? { counted: '0', billed: '0' }
    const expected = own.get(key) ?? NOTHING
    const counted = formatAmount(expected.counted)
    const billed = String(expected.billed)
    if (found.counted === counted && found.billed === billed) return []
    return [sentence(key, `${counted} counted and ${billed} billed`, `${found.counted} and ${found.billed}`)]
  })
  const open = new Map(
    ledger
      .records({ limit: 100_000 })
      .flatMap((row) => (row.state === 'billed' ? [] : [[row.key, row.state]])),
  )
  const kept = new Map(
    [...records()].flatMap(([key, { row }]) => (row.subscription === subscription ? [[key, row.state]] : [])),
  )
  for (const key of new Set([...open.keys(), ...kept.keys()]))
    if (open.get(key) !== kept.get(key))
      wrong.push(sentence(key, open.get(key) ?? 'billed', kept.get(key) ?? 'billed'))
  return wrong
}

/** Keys, highest values and readings are kept 40 days after their month (money §4). */
const KEPT_MS = 39 * DAY_MS

const NOTHING = { counted: 0n, billed: 0n }

const sentence = (subject: string, expected: string, found: string): string =>
  `${subject.replace(/\d{13}$/, (ms) => new Date(Number(ms)).toISOString())}: The read model shows what its Ledger does (money §7): expected ${expected}, found ${found}`

/** `subscription|dimension|day` to the day's usage and units. */
function daysOf(
  ledger: Ledger,
  subscription: SubscriptionId,
  from: number,
  until: number,
): Map<string, { counted: bigint; billed: bigint }> {
  const days = new Map<string, { counted: bigint; billed: bigint }>()
  const dayOf = (dimension: string, hour: number): { counted: bigint; billed: bigint } => {
    const key = `${subscription}|${dimension}|${Math.floor(hour / DAY_MS) * DAY_MS}`
    const day = days.get(key) ?? { counted: 0n, billed: 0n }
    days.set(key, day)
    return day
  }
  for (let month = monthOf(from); month <= until; month = nextMonth(month))
    for (const { dimension, hours } of ledger.usage(month).dimensions)
      for (const { hour, counted } of hours) dayOf(dimension, hour).counted += amountOf(counted)
  for (const { dimension, hour, quantity, state, reason } of ledger.records({ limit: 100_000 }))
    if (state === 'billed' || (state === 'doubtful' && reason === 'conflict'))
      dayOf(dimension, hour).billed += BigInt(quantity)
  return days
}
