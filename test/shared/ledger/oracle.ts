/**
 * The bill of one dimension charged by `sum`, computed from the events, the facts of the subscription and money.md alone.
 * Imports nothing of shared/ledger: where the two differ, one of them is wrong.
 */
const HOUR = 3_600_000
const DAY = 24 * HOUR
const MILLIONTHS = 1_000_000n

export interface Facts {
  readonly activation: number
  readonly trialEndsAt: number | null
  /** From an hour on, in order; the first from the beginning. A null amount is unlimited. */
  readonly plans: readonly {
    readonly fromHour: number
    readonly included: bigint | null
    readonly per: 'month' | 'term'
  }[]
  readonly block: bigint
  readonly round: 'down' | 'up'
  readonly remainder: 'carry' | 'drop' | 'up'
  readonly latenessMs: number
  readonly end: { readonly at: number; readonly takeUntil: number } | null
}

export interface Reported {
  readonly time: number
  readonly receivedAt: number
  readonly amount: bigint
}

export interface Bill {
  /** Units by stretch of one price, oldest first. */
  readonly units: readonly bigint[]
  readonly counted: bigint
  readonly aside: bigint
  readonly refused: bigint
}

const monthStart = (ms: number): number => {
  const date = new Date(ms)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
}
const monthEnd = (ms: number): number => monthStart(monthStart(ms) + 40 * DAY)
const cut = (ms: number): number => ms - (ms % HOUR)
const upTo = (ms: number): number => cut(ms + HOUR - 1)

/** The stretch of one price an hour lies in; a change of plan that includes the same is no other price. */
function stretchOf(facts: Facts, hour: number): number {
  const price = (i: number): string => {
    const plan = facts.plans[i]
    return plan === undefined || plan.included === null ? 'unlimited' : `${plan.included} a ${plan.per}`
  }
  const cuts = facts.plans.flatMap((plan, i) => (i > 0 && price(i) !== price(i - 1) ? [plan.fromHour] : []))
  if (facts.trialEndsAt !== null) cuts.push(upTo(facts.trialEndsAt))
  return new Set(cuts.filter((at) => at <= hour && at > firstHour(facts))).size
}

const firstHour = (facts: Facts): number => cut(Math.ceil(facts.activation / 1000) * 1000)
const isTrial = (facts: Facts, hour: number): boolean =>
  facts.trialEndsAt !== null && hour < upTo(facts.trialEndsAt)

/** When each hour freezes: none before the one before it. */
function freezeTimes(facts: Facts, until: number): Map<number, number> {
  const times = new Map<number, number>()
  let last = 0
  for (let hour = firstHour(facts); hour < until; hour += HOUR) {
    const guard = monthEnd(hour) + 3 * HOUR
    let at =
      hour + HOUR === monthEnd(hour)
        ? guard
        : Math.min(hour + HOUR + facts.latenessMs, hour + 20 * HOUR, guard)
    if (facts.end !== null) {
      if (hour > cut(facts.end.at)) break
      at = hour === cut(facts.end.at) ? facts.end.takeUntil : Math.min(at, facts.end.takeUntil)
    }
    last = Math.max(last, at)
    times.set(hour, last)
  }
  return times
}

/** What is billed once everything has frozen. Facts are known before the hours they concern. */
export function billOf(facts: Facts, reports: readonly Reported[]): Bill {
  const horizon = Math.max(0, ...reports.map((report) => report.receivedAt)) + 40 * DAY
  const freezes = freezeTimes(facts, horizon)
  const firstOpen = (now: number): number => {
    let hour = firstHour(facts)
    while ((freezes.get(hour) ?? Number.POSITIVE_INFINITY) <= now) hour += HOUR
    return hour
  }

  const used = new Map<number, bigint>()
  let counted = 0n
  let aside = 0n
  let refused = 0n
  for (const { time, receivedAt, amount } of reports) {
    const ended =
      facts.end !== null &&
      receivedAt >= facts.end.at &&
      (time > facts.end.at || receivedAt >= facts.end.takeUntil)
    if (ended || time < facts.activation - 5 * 60_000) {
      refused += amount
      continue
    }
    const hour = Math.max(cut(time), firstHour(facts))
    const open = firstOpen(receivedAt)
    const late = hour < open
    const monthClosed = monthStart(hour) !== monthStart(open) && receivedAt >= monthEnd(hour) + 6 * HOUR + DAY
    if (late && (stretchOf(facts, hour) !== stretchOf(facts, open) || monthClosed)) {
      aside += amount
      continue
    }
    counted += amount
    used.set(hour, (used.get(hour) ?? 0n) + amount)
  }
  return { units: unitsOf(facts, used, freezes), counted, aside, refused }
}

function unitsOf(
  facts: Facts,
  used: ReadonlyMap<number, bigint>,
  freezes: ReadonlyMap<number, number>,
): bigint[] {
  const spent = new Map<string, bigint>()
  const over = new Map<number, Map<number, bigint>>()
  for (const hour of [...used.keys()].sort((a, b) => a - b)) {
    const plan = facts.plans.findLast((each) => each.fromHour <= hour)
    if (plan === undefined) throw new Error('the first plan begins too late')
    const amount = used.get(hour) ?? 0n
    const trial = isTrial(facts, hour)
    const month = `${monthStart(hour)}|${trial}`
    const term = `term|${trial}`
    const before = spent.get(plan.per === 'month' ? month : term) ?? 0n
    const left = plan.included === null ? amount : plan.included > before ? plan.included - before : 0n
    const covered = amount < left ? amount : left
    for (const key of [month, term]) spent.set(key, (spent.get(key) ?? 0n) + covered)
    const months = over.get(stretchOf(facts, hour)) ?? new Map<number, bigint>()
    const monthKey = monthStart(hour)
    over.set(stretchOf(facts, hour), months.set(monthKey, (months.get(monthKey) ?? 0n) + amount - covered))
  }
  const lastFrozen = Math.max(0, ...freezes.keys())
  const units: bigint[] = []
  for (let stretch = 0; stretch <= stretchOf(facts, lastFrozen); stretch += 1) {
    const months = [...(over.get(stretch)?.values() ?? [])]
    const sums = facts.remainder === 'carry' ? [months.reduce((sum, each) => sum + each, 0n)] : months
    const up = facts.round === 'up' || facts.remainder === 'up'
    units.push(
      sums.reduce(
        (sum, each) => sum + (up ? (each + facts.block - 1n) / facts.block : each / facts.block),
        0n,
      ),
    )
  }
  return units
}

export const whole = (amount: number): bigint => BigInt(amount) * MILLIONTHS
