/** Draws a cluster from a seed's number. Pure. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../shared/hour.ts'
import { openRandom, type Random } from '../../random.ts'
import { type Act, type Report, SHAPES, type Shape, type Slot, type VolumeKind, type World } from './world.ts'

export const SLOTS_MAX = 6
export const DIMENSIONS = ['calls', 'bytes'] as const

/** A Monday in the middle of a month, 00:00 UTC; and the first of the month after it. */
const MID_MONTH = Date.UTC(2026, 10, 9)
const NEXT_MONTH = Date.UTC(2026, 11, 1)

export const shapeOf = (seed: number): Shape => SHAPES[seed % SHAPES.length] ?? 'hours'

export function drawWorld(seed: number, shape: Shape): World {
  const random = openRandom(seed, `tasks ${shape}`)
  const { from, until } = drawSpan(random, shape)
  const metering = shape === 'agent' ? 'agent' : 'task'
  const volume = metering === 'agent' ? random.pick(['shared', 'slot'] as const) : drawVolume(random)
  const dimensions = random.chance(0.6) ? DIMENSIONS.slice(0, 1) : DIMENSIONS.slice()
  const count = metering === 'agent' ? 1 : random.whole(1, random.chance(0.7) ? 2 : SLOTS_MAX)
  const slots = Array.from({ length: count }, (_, i) => drawSlot(random, shape, i, from, until))
  const fractions = random.chance(0.3)
  const reports = slots.flatMap((_, slot) =>
    drawReports(random, { shape, slot, from, until, dimensions, fractions, slots: count }),
  )
  reports.sort((a, b) => a.at - b.at)
  return { seed, shape, metering, volume, from, until, dimensions, slots, reports }
}

function drawSpan(random: Random, shape: Shape): { readonly from: number; readonly until: number } {
  const somewhere = MID_MONTH + random.whole(0, 3 * 24 * 60) * MINUTE_MS
  switch (shape) {
    case 'hours':
      return { from: somewhere, until: somewhere + random.whole(2 * 60, 8 * 60) * MINUTE_MS }
    case 'days':
      return { from: somewhere, until: somewhere + random.whole(8 * 60, 48 * 60) * MINUTE_MS }
    case 'month-end': {
      const from = NEXT_MONTH - random.whole(2 * 60, 12 * 60) * MINUTE_MS
      return { from, until: NEXT_MONTH + random.whole(0, 10 * 60) * MINUTE_MS }
    }
    case 'agent':
      return { from: somewhere, until: somewhere + random.whole(4 * 60, 24 * 60) * MINUTE_MS }
    case 'scaled-to-zero':
      return { from: somewhere, until: somewhere + random.whole(2 * 60, 6 * 60) * MINUTE_MS }
  }
}

function drawVolume(random: Random): VolumeKind {
  const place = random.unit()
  if (place < 0.6) return 'shared'
  if (place < 0.75) return 'slot'
  return place < 0.9 ? 'task' : 'none'
}

function drawSlot(random: Random, shape: Shape, slot: number, from: number, until: number): Slot {
  const late = slot > 0 && random.chance(0.4)
  const startAt =
    from + (late ? random.whole(0, Math.floor((until - from) / 2)) : random.whole(0, 20 * MINUTE_MS))
  const acts: Act[] = []
  const count = random.pick([0, 0, 1, 1, 2, 3])
  for (let i = 0; i < count; i++)
    acts.push({
      at: random.whole(startAt + MINUTE_MS, until),
      kind: random.pick(['crash', 'crash', 'deploy', 'restart'] as const),
      afterMs: drawPause(random),
    })
  const leaves = shape === 'scaled-to-zero' ? 0.85 : slot === 0 ? 0 : 0.25
  if (random.chance(leaves)) {
    const at = random.whole(startAt + Math.floor((until - startAt) / 2), until)
    const kind = random.chance(0.6) ? 'stop' : 'crash'
    return {
      startAt,
      acts: [
        ...acts.filter((act) => act.at < at),
        { at, kind, afterMs: Number.POSITIVE_INFINITY },
        ...comesBack(random, shape, slot, until),
      ],
    }
  }
  acts.sort((a, b) => a.at - b.at)
  return { startAt, acts }
}

/** After a service was scaled to zero, its first place is filled again an hour to eight days later. */
function comesBack(random: Random, shape: Shape, slot: number, until: number): Act[] {
  if (shape !== 'scaled-to-zero' || slot > 0) return []
  const later = random.chance(0.4)
    ? random.whole(DAY_MS, 8 * DAY_MS)
    : random.whole(10 * MINUTE_MS, 7 * HOUR_MS)
  return [{ at: until + later, kind: 'start', afterMs: 0 }]
}

/** From a crash to the next container: seconds mostly, and now and then as long as a place in the cluster is missing. */
function drawPause(random: Random): number {
  const place = random.unit()
  if (place < 0.6) return random.whole(1, 90) * 1_000
  return place < 0.9 ? random.whole(2, 60) * MINUTE_MS : random.whole(1, 9) * HOUR_MS
}

interface Reported {
  readonly shape: Shape
  readonly slot: number
  readonly slots: number
  readonly from: number
  readonly until: number
  readonly dimensions: readonly string[]
  readonly fractions: boolean
}

function drawReports(random: Random, of: Reported): Report[] {
  const { from, until, dimensions, fractions } = of
  const count = random.whole(2, Math.max(3, Math.floor(30 / (of.slots + 1))))
  const edge = random.chance(0.3)
  return Array.from({ length: count }, () => {
    let at = random.whole(from, until - 1)
    // Around the turn of an hour more goes wrong than anywhere else.
    if (edge && random.chance(0.5))
      at = Math.min(
        until - 1,
        Math.max(from, Math.round(at / HOUR_MS) * HOUR_MS + random.whole(-2_000, 2_000)),
      )
    return {
      at,
      slot: of.slot,
      by: random.chance(0.5) ? ('ids' as const) : ('sequence' as const),
      events: Array.from({ length: random.whole(1, 3) }, () => ({
        dimension: random.pick(dimensions),
        amount: fractions ? random.whole(1, 9_000_000) : random.whole(1, 40) * 1_000_000,
        agoMs: random.chance(0.8) ? random.whole(0, 20_000) : random.whole(0, 10 * MINUTE_MS),
      })),
    }
  })
}
