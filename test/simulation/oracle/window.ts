/** How long AWS takes an hour's record, and parts of that time (money §3, §4, §5). Pure. */
import { closeOf, DAY, HOUR, hourOf, MINUTE, monthOf } from './calendar.ts'
import type { Life } from './timeline.ts'

/** AWS's last minute for what is stamped so. */
const lastOf = (stamp: number): number => Math.min(stamp + DAY, closeOf(monthOf(stamp)))

/** The instant at which a part of the time from a record's stamp to AWS's last minute for it is over. */
export function partOf(stamp: number, numerator: number, denominator: number): number {
  return stamp + Math.floor(((lastOf(stamp) - stamp) * numerator) / denominator)
}

/** The stamp of an hour's record: never before the activation, in whole seconds, rounded up. */
export const stampOf = (hour: number, { activation }: Pick<Life, 'activation'>): number =>
  Math.max(hour, Math.ceil((activation ?? 0) / 1000) * 1000)

/** What waits for an answer goes on without it at half of its first window, or half-way from the end to AWS's last minute. */
export const halfOf = (hour: number, life: Pick<Life, 'activation' | 'endAt'>): number => {
  const half = partOf(stampOf(hour, life), 1, 2)
  return life.endAt === null ? half : Math.min(half, life.endAt + 30 * MINUTE)
}

/** An amount that was known before stands in at half of the window, which an end shortens (money §3, §5, §6). */
export const estimatedFrom = (hour: number, life: Pick<Life, 'activation' | 'endAt'>): number => {
  const stamp = stampOf(hour, life)
  const last = Math.min(lastOf(stamp), (life.endAt ?? Number.POSITIVE_INFINITY) + HOUR)
  return Math.min(halfOf(hour, life), stamp + Math.floor((last - stamp) / 2))
}

/** Seven days before a stamp, from the hour it falls in. */
export const weekBefore = (stamp: number): number => hourOf(stamp - 7 * DAY)
