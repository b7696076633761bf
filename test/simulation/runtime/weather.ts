/** What is wrong for a while: outages, storms, poison, missing rights. Drawn once a seed; windows of true time. */
import { HOUR_MS, MINUTE_MS, monthOf, nextMonth } from '../../../shared/hour.ts'
import type { FrozenRecord } from '../../../shared/submission/record.ts'
import type { Faults, FaultName } from '../faults.ts'
import type { Random } from '../random.ts'
import type { Time } from './time.ts'

export interface Weather {
  /** AWS cannot be reached. */
  away(): boolean
  /** AWS's name for why it refuses the whole call, or undefined. */
  refuses(records: readonly FrozenRecord[]): string | undefined
  /** AWS says CustomerNotSubscribed for this record. */
  unknownBuyer(record: FrozenRecord): boolean
  /** Our side has no credentials. */
  withoutCredentials(): boolean
  /** When cron next may run, at `at` or later. */
  cronFrom(at: number): number
  /** An identical record, sent again, is answered DuplicateRecord. */
  readonly duplicateWord: boolean
  /** How far a party's clock is ahead of true time, in ms. */
  skewOf(party: number): number
  /** The read model is restored at this true time to what it was 6 hours before; null: never. */
  readonly restoreAt: number | null
  /** Behind the last window: from here on nothing is wrong for a while. */
  readonly lastsUntil: number
  /** A new config is deployed at this true time; null: never. */
  readonly deployAt: number | null
}

interface Window {
  readonly from: number
  readonly until: number
}

/** `from` to `until`: the time in which usage happens. */
export function openWeather(
  time: Time,
  faults: Faults,
  random: Random,
  span: Window,
  dimensions: readonly string[],
): Weather {
  const length = span.until - span.from
  const someTime = (): number => span.from + Math.floor(random.unit() * length)
  const window = (name: FaultName, longest: () => number): Window | null => {
    if (!faults.hit(name)) return null
    const from = someTime()
    return { from, until: from + longest() }
  }
  const upTo = (least: number, most: number) => (): number => random.whole(least, most)
  const within = (frame: Window | null): boolean =>
    frame !== null && time.now() >= frame.from && time.now() < frame.until

  const storm = window('aws-storm', upTo(HOUR_MS, 5 * HOUR_MS))
  const outage = window('aws-outage', () => drawOutage(random))
  const first = nextMonth(monthOf(span.from))
  const monthEnd: Window | null =
    first < span.until && faults.hit('month-end-outage')
      ? { from: first - 2 * HOUR_MS, until: first + 5 * HOUR_MS + 50 * MINUTE_MS }
      : null
  const poison = window('aws-poison', upTo(HOUR_MS, 8 * HOUR_MS))
  const poisonOf = dimensions[random.whole(0, Math.max(0, dimensions.length - 1))]
  const poisonName = random.pick([
    'InvalidUsageDimensionException',
    'InvalidLicenseException',
    'TimestampOutOfBoundsException',
  ])
  // What AWS refuses for longer than it takes a record expires, and nothing of it is in doubt.
  const denied = window('aws-denied', () =>
    random.chance(0.15) ? 30 * HOUR_MS : random.whole(10 * MINUTE_MS, 6 * HOUR_MS),
  )
  const deniedName = random.pick(['AccessDeniedException', 'DisabledApiException', 'SomethingNewException'])
  const blind = window('no-credentials', upTo(10 * MINUTE_MS, 6 * HOUR_MS))
  const unknown = window('aws-not-subscribed', () =>
    random.chance(0.15) ? 30 * HOUR_MS : random.whole(HOUR_MS, 6 * HOUR_MS),
  )
  const cronless = window('cron-never', () => 3 * HOUR_MS)
  const skewed = faults.hit('clock-skew')
  const skews = Array.from({ length: 16 }, () => (skewed ? random.whole(-10 * MINUTE_MS, 10 * MINUTE_MS) : 0))
  const restored = faults.hit('read-model-restored')
  const deployed = faults.hit('deploy')
  const windows = [storm, outage, monthEnd, poison, denied, blind, unknown, cronless]

  return {
    away: () => within(outage) || within(monthEnd),
    refuses(records) {
      if (within(storm)) return 'ThrottlingException'
      if (within(denied)) return deniedName
      if (!within(poison)) return undefined
      return records.some((record) => record.dimension === poisonOf) ? poisonName : undefined
    },
    unknownBuyer: () => within(unknown),
    withoutCredentials: () => within(blind),
    cronFrom: (at) => (cronless !== null && at >= cronless.from && at < cronless.until ? cronless.until : at),
    duplicateWord: faults.hit('aws-duplicate-word'),
    skewOf: (party) => skews[party % skews.length] ?? 0,
    restoreAt: restored ? someTime() : null,
    lastsUntil: Math.max(span.until, ...windows.map((one) => one?.until ?? 0)),
    deployAt: deployed ? someTime() : null,
  }
}

/** Hours mostly; now and then just within the window in which AWS takes a record, or beyond it. */
function drawOutage(random: Random): number {
  const kind = random.unit()
  if (kind < 0.1) return 23 * HOUR_MS + 50 * MINUTE_MS
  return kind < 0.35 ? 26 * HOUR_MS : random.whole(HOUR_MS, 6 * HOUR_MS)
}
