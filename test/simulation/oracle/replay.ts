/** Replays one subscription: orders, calls and acts in the order of its Ledger's clock. Pure. */
import type { Deploy, RepairDone, SubscriptionHistory } from '../history.ts'
import { DAY, HOUR, hourOf } from './calendar.ts'
import { isBehind } from './behind.ts'
import { type Intake, openIntake, type Use } from './intake.ts'
import { chargedHour, mayBeBilledIn } from './meaning.ts'
import { contentOf, replayedKey, run, takeKept, takeOrder } from './take.ts'
import { isForgotten, ordersTold } from './told.ts'
import { adopt, openTimeline, pass } from './timeline.ts'

interface Step {
  readonly at: number
  readonly kind: 'order' | 'call' | 'repair' | 'pass' | 'set back' | 'compared'
  readonly index: number
}

/** Everything that happened up to `told`, and the hours that froze by `until`. */
export function replay(
  history: SubscriptionHistory,
  deploys: readonly Deploy[],
  until: number,
  told: number,
): Intake {
  const met = deploys.map((deploy) =>
    history.ranUnder === undefined
      ? deploy.from
      : (history.ranUnder.find((each) => each.config === deploy.config)?.at ?? Number.POSITIVE_INFINITY),
  )
  const intake = openIntake(openTimeline(deploys, met, history))
  for (const { kind, index, at } of stepsOf(history)) {
    if (at > told) break
    if (kind === 'order') takeOrder(intake, history, index, at)
    else if (kind === 'call') run(intake, history, index, at)
    else if (kind === 'pass') pass(intake.line, at)
    else if (kind === 'set back') intake.line.restoring = true
    else if (kind === 'compared') compared(intake, history, index)
    else act(intake, history, history.repairs[index], at)
  }
  pass(intake.line, until)
  return intake
}

/** By the Ledger's clock; at one instant orders come first, then acts, then calls as they were sent. */
function stepsOf(history: SubscriptionHistory): Step[] {
  const orders = ordersTold(history).map(({ at, index }): Step => ({ at, kind: 'order', index }))
  const repairs = history.repairs.map((repair, index): Step => ({ at: repair.at, kind: 'repair', index }))
  const calls = history.calls.flatMap((call, index) =>
    call.ranAt.filter((at) => !isForgotten(history, at)).map((at): Step => ({ at, kind: 'call', index })),
  )
  // What was due before a successor was told of its predecessor has frozen.
  const passes = (history.taken ?? []).map(({ since }, index): Step => ({
    at: since - 1,
    kind: 'pass',
    index,
  }))
  const restores = (history.restores ?? []).flatMap(({ to, at, doneAt }, index): Step[] => [
    { at: to, kind: 'pass', index },
    { at, kind: 'set back', index },
    ...(doneAt === null ? [] : [{ at: doneAt, kind: 'compared', index } as const]),
  ])
  return [...restores, ...passes, ...orders, ...repairs, ...calls].sort((a, b) => a.at - b.at)
}

/** What the Submitter holds stands: hours up to its last record have frozen. */
function compared({ line }: Intake, { restores, shown }: SubscriptionHistory, index: number): void {
  const { adopted = [] } = restores?.[index] ?? {}
  const hours = shown.records.flatMap(({ key, hour }) => (adopted.includes(key) ? [hour + HOUR] : []))
  adopt(line, Math.max(0, ...hours))
  line.restoring = false
}

/** What the oracle reads of an act (shared/ledger/repair.ts), as it was given. */
interface Act {
  readonly dimension?: string | null
  readonly what?: { readonly kind: string }
  readonly source?: string
  readonly from?: number
  readonly to?: number
  readonly event?: string
  readonly aside?: {
    readonly hour: number
    readonly meter: string
    readonly life: number
    readonly source: string
    readonly reason: string
  }
}

/** Of a person's acts, those that change where usage goes (money §9). */
function act(intake: Intake, history: SubscriptionHistory, repair: RepairDone | undefined, at: number): void {
  if (repair === undefined) return
  const { line } = intake
  pass(line, at)
  const told = JSON.parse(repair.act) as Act
  switch (repair.kind) {
    case 'hold':
      if ((told.dimension ?? null) === null) line.held = true
      return
    case 'release':
      if (told.what?.kind === 'subscription') line.held = false
      return pass(line, at)
    case 'void':
      return voidSource(intake, history, told, at)
    case 'bill aside':
    case 'drop aside':
      return decideAside(intake, told.aside, repair.kind, at)
    case 'replay':
      return replayRefused(intake, history, told.source ?? '', told.event ?? '', at)
    case 'retry':
    case 'move':
    case 'write off':
    case 'evidence':
      return
  }
}

/**
 * Takes a source's usage out of hours that have not frozen (money §9). A person names the hours in which the source said
 * so, which are the usage's own; whether one is frozen is asked of the hour it is charged in. What waits for its amount is not.
 */
function voidSource(intake: Intake, history: SubscriptionHistory, told: Act, at: number): void {
  const { line, uses } = intake
  const { source = '', from = 0, to = 0 } = told
  const open = (hour: number | null, meter: string): boolean =>
    hour === null ||
    line.frozenUntil === null ||
    hour >= line.frozenUntil ||
    isBehind(intake, history, meter, hour, at)
  const taken: Use[] = []
  for (const use of uses) {
    if (use.aside !== null || use.billedIn !== null || use.event.source !== source) continue
    const own = hourOf(use.event.time)
    if (own < from || own >= to) continue
    if (open(chargedHour(line, use), use.event.meter)) taken.push(use)
  }
  for (const use of taken) use.aside = 'voided'
}

/**
 * Usage set aside is charged in the earliest open hour, or never (money §4). What is charged is counted only then: a key
 * that was counted meanwhile stays in that hour (money §3).
 */
function decideAside(
  intake: Intake,
  aside: Act['aside'],
  kind: 'bill aside' | 'drop aside',
  at: number,
): void {
  if (aside === undefined) return
  const { uses, line } = intake
  const own = uses.filter(
    ({ event, life, ...use }) =>
      use.aside === aside.reason &&
      !use.decided &&
      hourOf(event.time) === aside.hour &&
      event.meter === aside.meter &&
      event.source === aside.source &&
      life === aside.life,
  )
  for (const use of own) {
    if (kind === 'bill aside' && !mayBeBilledIn(line, use, line.frozenUntil ?? 0)) continue
    use.decided = true
    if (kind === 'drop aside') continue
    use.aside = null
    use.billedIn = line.frozenUntil
    use.billedAt = at
  }
}

/**
 * Refused usage is taken as if it came now (money §1). What is too old to be told from a repetition is not counted by that:
 * it is set aside, for a person to bill or drop.
 */
function replayRefused(
  intake: Intake,
  history: SubscriptionHistory,
  source: string,
  id: string,
  at: number,
): void {
  // Of an id that was refused with several contents the last to come is kept.
  const [last] = history.calls
    .flatMap(({ batch, events, ranAt }) => {
      const event = events.find((each) => each.source === source && each.id === id)
      return event === undefined ? [] : ranAt.filter((ran) => ran <= at).map((ran) => ({ batch, event, ran }))
    })
    .sort((a, b) => b.ran - a.ran)
  const event = last?.event
  if (event === undefined) return
  // Under a number that is free its client may send it again: it is passed over then.
  if (last?.batch.kind === 'sequence') intake.replayed.set(replayedKey(last.batch, event), contentOf(event))
  if (last !== undefined && event.time < last.ran - 34 * DAY) {
    const hour = hourOf(event.time)
    const life = intake.line.lives.find((each) => each.untilHour === null || hour < each.untilHour)?.life
    if (life === undefined) return
    const use = { event, takenAt: at, life, late: true, decided: false, billedIn: null, billedAt: null }
    intake.uses.push({ ...use, aside: 'month-closed' })
  } else takeKept(intake, event, at)
}
