/**
 * Usage sent on to the seller's edge or to the cluster's agent (design §7, target edge): on disk before it is answered, sent
 * until it has an answer, refusals kept and shown. A meter without records: what AWS is told is decided where it is sent.
 */
import { hourOf } from '../../shared/hour.ts'
import { ok } from '../../shared/result.ts'
import { resumeAt } from '../../shared/submission/pause.ts'
import type { EventAnswer } from '../../shared/usage/event.ts'
import { type Naming, readNaming } from '../../shared/usage/naming.ts'
import { EVENTS_MAX } from '../../shared/usage/read.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { Intake } from '../intake.ts'
import { type Left, type Meter, type MeterStatus, SpoolError } from '../metering/meter.ts'
import type { Spool } from '../spool/spool.ts'
import type { Pause } from '../time.ts'
import { readSaid, type Said } from '../usage-wire.ts'
import type { Outbox, Row } from './outbox.ts'
import { settledBy } from './settled.ts'
import { requestOf, rowsOf, SEND_MAX_BYTES } from './wire.ts'

/** Where usage goes. `agent`: whoever reports is the task; `edge`: whoever the key belongs to, as if asked directly. */
export type Destination =
  | {
      readonly kind: 'edge'
      readonly url: string
      readonly key: string
      readonly subscription: SubscriptionId | null
    }
  | { readonly kind: 'agent'; readonly url: string; readonly key: string }

export interface ForwarderPorts {
  readonly to: Destination
  /** For status and, at an agent, as the source of what names none. */
  readonly task: string
  readonly spool: Pick<Spool<Outbox>, 'write' | 'read' | 'status' | 'close'>
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Business time. */
  readonly now: () => number
  /** Of wall time. */
  readonly pause: Pause
}

export interface Forwarder extends Meter {
  readonly intake: Intake
}

/** To the last byte of an answer. */
const ANSWER_WITHIN_MS = 30_000
/** Events go out together: a second's worth at a time. */
const TOGETHER_MS = 1_000

export function openForwarder(ports: ForwarderPorts): Forwarder {
  const { to, task, spool, now } = ports
  const attempts = { made: 0, throttled: 0, unanswered: 0 }
  const name = to.kind === 'edge' ? 'The edge' : 'The agent'
  let lane: {
    readonly since: number
    readonly tries: number
    readonly until: number
    readonly why: string
  } | null = null
  let [stopped, sendAt] = [false, Number.NEGATIVE_INFINITY]
  let running: Promise<readonly string[]> | null = null

  const intake: Intake = {
    named(fields) {
      const { subscription, licenseArn, account, product } = fields
      const isNamed = [subscription, licenseArn, account, product].some(
        (one) => one !== undefined && one !== null,
      )
      if (to.kind === 'agent') return ok(ANYONE)
      return isNamed || to.subscription === null
        ? readNaming(fields)
        : ok({ kind: 'subscription', id: to.subscription })
    },
    takeAll: (batches, naming) => batches.map((batch) => intake.take(batch, naming)),
    take(batch, naming) {
      if (stopped)
        throw new SpoolError(
          'The container is stopping and counts nothing more. Send it to the next one under the same id.',
        )
      const rows = rowsOf(batch, naming === ANYONE ? null : naming, to.kind === 'agent' ? task : null)
      if (!rows.ok)
        return batch.events.map(() => ({ result: 'refused', code: 'too-large', message: rows.error }))
      spool.write((outbox) => outbox.put(rows.value, now()))
      return batch.events.map((): EventAnswer => ({ result: 'counted' }))
    },
  }

  async function ask(rows: readonly Row[]): Promise<{ readonly said: Said; readonly afterMs: number }> {
    attempts.made += 1
    try {
      const response = await ports.fetch(new URL('/v1/usage', to.url).href, {
        method: 'POST',
        headers: { authorization: `Bearer ${to.key}`, 'content-type': 'application/json' },
        body: requestOf(rows),
        redirect: 'manual',
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      })
      if (response.status === 429) attempts.throttled += 1
      const body: unknown = await response.json().catch(() => null)
      const afterMs = 1_000 * (Number(response.headers.get('retry-after')) || 0)
      const events = rows.reduce((sum, row) => sum + row.events, 0)
      return { said: readSaid(response.status, body, events), afterMs }
    } catch (thrown) {
      attempts.unanswered += 1
      return { said: { kind: 'foreign', why: reasonOf(thrown) }, afterMs: 0 }
    }
  }

  /** Sends the next request. False: nothing is due, or the way is closed for now. */
  async function sendNext(did: string[]): Promise<boolean> {
    const rows = spool.read((outbox) => outbox.next(now(), EVENTS_MAX, SEND_MAX_BYTES))
    if (rows.length === 0) return false
    const { said, afterMs } = await ask(rows)
    const at = now()
    if (said.kind === 'foreign') {
      const tries = (lane?.tries ?? 0) + 1
      const until = Math.max(at + afterMs, resumeAt(at, tries, task, Number.POSITIVE_INFINITY))
      lane = { since: lane?.since ?? at, tries, until, why: said.why }
      did.push(`${name} did not take usage (${said.why}); it goes again at ${new Date(until).toISOString()}`)
      return false
    }
    if (lane !== null) did.push(`${name} takes usage again`)
    lane = null
    const tries = Math.max(...rows.map((row) => row.tries)) + 1
    const due =
      said.kind === 'refused'
        ? at
        : Math.max(at + afterMs, resumeAt(at, tries, task, Number.POSITIVE_INFINITY))
    const settled = settledBy(rows, said, due)
    spool.write((outbox) => outbox.settle(settled, at))
    // What goes well is no line: there would be one each second.
    for (const { code, message } of settled.refused)
      did.push(`usage was refused for good (${code}): ${message}`)
    return true
  }

  async function send(): Promise<readonly string[]> {
    const did: string[] = []
    try {
      while (await sendNext(did));
      sendAt = now() + TOGETHER_MS
    } catch (thrown) {
      // The disk: what was sent goes again under the same ids and numbers, and counts once.
      if (!(thrown instanceof Error) || thrown.name !== 'SpoolError') throw thrown
      sendAt = now() + TOGETHER_MS
      did.push(thrown.message)
    }
    return did
  }

  const sendAll = (): Promise<readonly string[]> =>
    (running ??= send().finally(() => {
      running = null
    }))

  function dueAt(): number | null {
    try {
      const due = spool.read((outbox) => outbox.nextDue())
      return due === null ? null : Math.max(due, sendAt, lane?.until ?? Number.NEGATIVE_INFINITY)
    } catch {
      return sendAt
    }
  }

  async function close(withinMs: number): Promise<Left> {
    stopped = true
    const late = new AbortController()
    const rest = (async () => {
      await running
      await sendAll()
    })().catch(() => undefined)
    await Promise.race([rest, ports.pause(withinMs, late.signal)])
    late.abort()
    const left = standing(spool)?.events ?? 0
    spool.close()
    const message = `${left} reports of usage were not taken by ${name.toLowerCase()} yet. A task with the same volume sends them.`
    return { records: left, units: {}, message: left === 0 ? null : message }
  }

  return {
    name: 'forwarder',
    now,
    intake,
    take(batch) {
      const none = { subscription: undefined, licenseArn: undefined, account: undefined, product: undefined }
      const naming = intake.named(none)
      return naming.ok
        ? intake.take(batch, naming.value)
        : batch.events.map(() => ({ result: 'refused', ...naming.error }))
    },
    nextWake: () => (stopped ? null : dueAt()),
    async runDue(at) {
      const due = dueAt()
      return stopped || due === null || due > at ? [] : sendAll()
    },
    close,
    usage: () => null,
    status: () => statusOf(ports, standing(spool), lane, attempts, name),
  }
}

/** At an agent the task has one buyer, and the agent knows which. */
const ANYONE: Naming = { kind: 'subscription', id: 'sub_0000000000000000000000' }

function standing(spool: ForwarderPorts['spool']): ReturnType<Outbox['status']> | null {
  try {
    return spool.read((outbox) => outbox.status())
  } catch {
    return null
  }
}

function statusOf(
  { spool, task }: ForwarderPorts,
  known: ReturnType<Outbox['status']> | null,
  lane: { readonly since: number; readonly why: string } | null,
  attempts: MeterStatus['attempts'],
  name: string,
): MeterStatus & { readonly refused: ReturnType<Outbox['status']>['lastRefused'] } {
  const [last] = known?.lastRefused ?? []
  const { folder, state, why } = spool.status()
  return {
    task,
    spool: { folder, state, why },
    open: {},
    waiting: known?.batches ?? 0,
    oldestUnsentHour: known?.oldestAt === null || known === null ? null : hourOf(known.oldestAt),
    windowOver: null,
    receipts: [],
    doubtful: [],
    expired: [],
    adopted: (known?.adopted ?? []).map((one) => ({ ...one, units: {} })),
    attempts: { ...attempts },
    skewMs: null,
    refused: known?.lastRefused ?? [],
    alarms: [
      ...(lane === null
        ? []
        : [
            `${name} has taken no usage since ${new Date(lane.since).toISOString()} (${lane.why}). It is kept and sent again; check the address and the key.`,
          ]),
      ...(last === undefined
        ? []
        : [
            `${known?.refused ?? 0} reports of usage were refused for good, the last as ${last.code}: ${last.message}`,
          ]),
    ],
  }
}

/** fetch hides the reason in its cause. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown'
  return thrown.cause instanceof Error ? thrown.cause.message || thrown.cause.name : thrown.message
}
