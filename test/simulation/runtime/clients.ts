/** The application's clients: they send what they report until they are answered, and sometimes again, late, or otherwise. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import type { Batch } from '../../../shared/ledger/ledger.ts'
import type { EventAnswer, UsageEvent } from '../../../shared/usage/event.ts'
import type { LedgerCore } from '../../../worker/metering/ledger-core.ts'
import type { Faults } from '../faults.ts'
import type { ClientCall, EventSent, Told } from '../history.ts'
import type { Random } from '../random.ts'
import type { Report } from '../worlds/world.ts'
import { WORLD, type Sender } from './objects.ts'
import type { Time } from './time.ts'

/** A client that was not answered sends again after 5 s, doubling up to this. */
const RETRY_MS = 5_000
const RETRY_MAX_MS = 10 * MINUTE_MS

/** Where clients send: an object of ours, or another implementation beside it. */
export interface Door {
  call<T>(
    from: Sender,
    what: string,
    work: (core: Pick<LedgerCore, 'take'>) => Promise<T>,
    kept?: () => void,
  ): Promise<T>
}

export interface ClientWorld {
  readonly time: Time
  readonly faults: Faults
  readonly random: Random
  readonly ledger: Door
  readonly ledgerClock: () => number
  readonly note: (line: string) => void
  /** Counts an answer for the coverage. */
  readonly saw: (answer: string) => void
  /** The last instant at which anything is sent for the first time. */
  readonly lastSend: number
}

/** Sends one report, with whatever befalls it; every call is written into `calls`. */
export function sendReport(world: ClientWorld, report: Report, calls: ClientCall[]): void {
  const { time, faults, random } = world
  const { lastSend } = world
  let delay = 0
  if (faults.hit('client-late')) delay = random.whole(20 * MINUTE_MS, 8 * HOUR_MS)
  else if (faults.hit('client-very-late')) delay = random.whole(8 * HOUR_MS, 33 * DAY_MS)
  const at = Math.min(time.now() + delay, lastSend)
  const sent = faults.hit('client-too-old') ? shifted(world, report) : report
  const attempt = (when: number, what: Report): void =>
    time.at(when, () => void persist(world, what, calls, 0))
  attempt(at, sent)
  if (faults.hit('client-doubled')) attempt(at + random.whole(0, 200), sent)
  if (faults.hit('client-redelivered'))
    for (let i = random.whole(1, 4); i > 0; i--)
      attempt(Math.min(at + random.whole(0, 30 * HOUR_MS), lastSend), sent)
  if (faults.hit('client-conflict'))
    attempt(Math.min(at + random.whole(0, 2 * HOUR_MS), lastSend), otherwise(sent))
}

/** The same ids or number with another content. */
function otherwise(report: Report): Report {
  const [first, ...others] = report.events
  if (first === undefined) return report
  const changed: UsageEvent =
    first.kind === 'quantity'
      ? { ...first, quantity: first.quantity + 1_000_000n }
      : first.kind === 'value'
        ? { ...first, value: first.value + 1_000_000n }
        : { ...first, key: `${first.key}'` }
  return { ...report, events: [changed, ...others] }
}

/** One event from before the subscription, from long ago, or from the future. */
function shifted({ time, random }: ClientWorld, report: Report): Report {
  const [first, ...others] = report.events
  if (first === undefined) return report
  const times = [
    time.now() - random.whole(1, 40) * DAY_MS,
    time.now() + random.whole(1, 30) * MINUTE_MS,
  ] as const
  return { ...report, events: [{ ...first, time: random.pick(times) }, ...others] }
}

/** Sends until every event has an answer that will not change. */
async function persist(
  world: ClientWorld,
  report: Report,
  calls: ClientCall[],
  tries: number,
): Promise<void> {
  const answers = await sendOnce(world, report, calls)
  if (answers !== null && answers.every((answer) => answer.result !== 'again')) return
  const pause = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** tries)
  world.time.at(world.time.now() + pause, () => void persist(world, report, calls, tries + 1))
}

async function sendOnce(
  world: ClientWorld,
  report: Report,
  calls: ClientCall[],
): Promise<readonly Told[] | null> {
  const { time, faults } = world
  const ranAt: number[] = []
  const call = { sentAt: time.now(), batch: report.batch, events: report.events.map(sentEvent), ranAt }
  const place = calls.push({ ...call, answers: null }) - 1
  if (faults.hit('client-request-lost')) return null
  const batch: Batch = { ...report.batch, events: report.events }
  let ran: number | null = null
  try {
    const answers = await world.ledger.call(
      WORLD,
      `take ${report.events.length} of buyer ${report.slot}`,
      (core) => {
        ran = world.ledgerClock()
        // A take that throws has kept nothing.
        return core.take(batch).catch((reason: unknown) => {
          ran = null
          throw reason
        })
      },
      () => void (ran !== null && ranAt.push(ran)),
    )
    if (faults.hit('client-answer-lost')) return null
    const told = answers.map(toldOf)
    for (const answer of told) world.saw('code' in answer ? `refused: ${answer.code}` : answer.result)
    calls[place] = { ...call, answers: told }
    return told
  } catch {
    // The door answers `again`: it is not certain that anything was stored.
    world.saw('again')
    return null
  }
}

const toldOf = (answer: EventAnswer): Told =>
  answer.result === 'refused' ? { result: 'refused', code: answer.code } : { result: answer.result }

function sentEvent(event: UsageEvent): EventSent {
  const { source, id, meter, time } = event
  switch (event.kind) {
    case 'quantity':
      return { source, id, meter, time, measure: { kind: 'quantity', quantity: String(event.quantity) } }
    case 'value':
      return {
        source,
        id,
        meter,
        time,
        measure: { kind: 'value', value: String(event.value), series: event.series },
      }
    case 'key':
      return { source, id, meter, time, measure: { kind: 'key', key: event.key } }
  }
}
