/** Records far above what was before wait for a person, and not longer than they may (money §5 *Spikes*). Pure. */
import type { History, ShownRecord, SubscriptionHistory } from '../history.ts'
import { hourOf, HOUR, iso, MINUTE } from './calendar.ts'
import type { Discrepancy } from './finding.ts'
import { isRestored } from './restores.ts'
import { partOf, weekBefore } from './window.ts'

/** AWS's clock and a Ledger's may differ by so much. */
const SKEW = 20 * MINUTE

export function judgeSpikes({ aws, deploys, endedAt }: History, of: SubscriptionHistory): Discrepancy[] {
  const factors = deploys.map(({ timing }) => timing.spike)
  const [factor] = factors
  const spikes =
    factor === undefined || factor === null || factors.some((each) => each !== factor)
      ? []
      : of.shown.records.filter(
          (record) => !isRestored(of, record) && isSpike(record, of.shown.records, factor, true),
        )
  const mayWait = (record: ShownRecord): boolean =>
    factors.some((each) => each !== null && isSpike(record, of.shown.records, each, false))
  const found: Discrepancy[] = []
  const say = (what: string, record: ShownRecord, expected: string, seen: string): void => {
    const subject = `${record.dimension} ${iso(record.hour)}`
    found.push({ rule: `${what} (money §5)`, subject, expected, found: seen })
  }
  const ends = of.orders.flatMap(({ end, takenAt }) => (end === null || takenAt === null ? [] : [takenAt]))
  for (const record of spikes) {
    const until = partOf(record.timestamp, 3, 4)
    const may = Math.min(until, ...ends, ...releasesOf(of, record)) - SKEW
    const sent = aws.calls.find((call) => call.at < may && call.records.some((each) => isOf(each, record)))
    if (sent !== undefined)
      say('A spike waits for a person until a quarter of its window is left', record, iso(may), iso(sent.at))
    if (record.state === 'waiting' && (record.heldUntil ?? null) !== null && endedAt > until + 6 * HOUR)
      say(
        'A spike is sent when a quarter of its window is left',
        record,
        iso(until),
        `held at ${iso(endedAt)}`,
      )
  }
  for (const record of of.shown.records)
    if ((record.heldUntil ?? null) !== null && !mayWait(record))
      say('Only a spike waits for a person', record, 'not held', `${record.quantity} units held`)
  for (const act of of.repairs) {
    const { seen } = JSON.parse(act.act) as { readonly seen?: { readonly state: string } }
    const record = of.shown.records.find(({ key }) => key === act.subject)
    if (act.kind !== 'write off' || seen?.state !== 'waiting' || record === undefined) continue
    if (!mayWait(record)) say('Only a spike is written off while it waits', record, 'not done', 'written off')
    const late = aws.calls.find(
      (call) => call.at > act.at + SKEW && call.records.some((each) => isOf(each, record)),
    )
    if (late !== undefined) say('A spike that is written off is never sent', record, 'no call', iso(late.at))
  }
  return found
}

/**
 * More than `factor` times the highest of the last seven days; with none before there is no spike. Whether the later hours
 * of one freeze count among them money.md leaves open: `surely` it is one either way, else it may be one.
 */
function isSpike(record: ShownRecord, all: readonly ShownRecord[], factor: number, surely: boolean): boolean {
  const frozen = all.filter(
    (each) =>
      each !== record &&
      each.dimension === record.dimension &&
      each.hour >= weekBefore(record.timestamp) &&
      each.frozenAt <= record.frozenAt,
  )
  const above = [frozen, frozen.filter(({ hour }) => hour < record.hour)].map((records) => {
    const highest = Math.max(0, ...records.map(({ quantity }) => quantity))
    return highest > 0 && record.quantity > factor * highest
  })
  return surely ? above.every(Boolean) : above.some(Boolean)
}

/** When a person let it go. */
const releasesOf = ({ repairs }: SubscriptionHistory, { key }: ShownRecord): number[] =>
  repairs.flatMap(({ kind, subject, at }) => (kind === 'release' && subject === key ? [at] : []))

const isOf = (
  sent: History['aws']['calls'][number]['records'][number],
  { of, who, dimension, hour }: ShownRecord,
): boolean =>
  sent.of === of &&
  sent.who === who &&
  sent.dimension === dimension &&
  hourOf(sent.timestamp) === hourOf(hour)
