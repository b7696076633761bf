/** The operator of the simulation: looks through what waits for a person and acts, sometimes on what has changed since. */
import { HOUR_MS, hourOf } from '../../../shared/hour.ts'
import type { RecordRow } from '../../../shared/ledger/ledger.ts'
import type { ParkedRow, RepairAct, RepairKind, RepairWork } from '../../../shared/ledger/repair.ts'
import { edgeIdentity } from '../../../shared/subscription.ts'
import type { LedgerCore } from '../../../worker/metering/ledger-core.ts'
import type { RepairDone } from '../history.ts'
import type { Random } from '../random.ts'
import { DRAWN } from '../worlds/draws.ts'
import type { Buyer } from '../worlds/world.ts'
import type { Aws } from './aws.ts'
import { WORLD, type VirtualObject } from './objects.ts'
import type { Time } from './time.ts'

/** The acts that a run has to have seen. */
export const REPAIRS: readonly RepairKind[] = [
  'retry',
  'move',
  'write off',
  'evidence',
  'hold',
  'release',
  'void',
  'bill aside',
  'drop aside',
  'replay',
]

const ROWS_MAX = 50
const TRIES_MAX = 30

export interface OperatorWorld {
  readonly time: Time
  readonly random: Random
  readonly aws: Aws
  readonly buyer: Buyer
  readonly ledger: VirtualObject<LedgerCore>
  readonly note: (line: string) => void
  /** Counts what an act was answered. */
  readonly saw: (answer: string) => void
}

/** An act that was carried out, and its id in the Ledger's audit log, which knows when. */
export type Done = Omit<RepairDone, 'at'> & { readonly id: string }

export interface Operator {
  readonly done: Done[]
  /** Looks once, and acts on some of what is there. Never throws. */
  look(): Promise<void>
  /** Looks until there is something that this act is open to, and does it. Never throws. */
  insist(kind: RepairKind): Promise<void>
  /** After a restore: what stopped meanwhile, or is held, goes on. Never throws. */
  goOn(): Promise<void>
}

export function openOperator(world: OperatorWorld): Operator {
  const { time, random, ledger, buyer } = world
  const done: Done[] = []
  let acts = 0

  async function look(): Promise<void> {
    const rows = await parked()
    for (const row of rows) {
      const work = random.chance(0.8) ? chooseFor(row) : undefined
      // A person thinks; meanwhile the record may have changed.
      if (work !== undefined) time.at(time.now() + random.whole(0, 600_000), () => void act(work))
    }
    if (random.chance(0.08)) holdFor(random.whole(1, 5) * HOUR_MS)
    if (random.chance(0.25)) void act(voidOf())
  }

  async function parked(): Promise<readonly ParkedRow[]> {
    try {
      return (await ledger.call(WORLD, 'parked', (core) => core.parked({ limit: ROWS_MAX }))).rows
    } catch {
      return []
    }
  }

  async function insist(kind: RepairKind): Promise<void> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const work = await workOf(kind)
      if (work !== undefined) return void (await act(work))
      await time.pause(60_000)
    }
  }

  async function workOf(kind: RepairKind): Promise<RepairWork | undefined> {
    if (kind === 'hold') return { kind, dimension: null }
    if (kind === 'release') return { kind, what: { kind: 'subscription' } }
    if (kind === 'void') return voidOf()
    const works = (await parked()).map((row) => chooseFor(row, kind))
    return works.find((work) => work?.kind === kind)
  }

  /** `only`: of the acts that are open, this one alone. */
  function chooseFor(row: ParkedRow, only?: RepairKind): RepairWork | undefined {
    if ((row.kind === 'record' || row.kind === 'aside') && only !== undefined && !row.open.includes(only))
      return undefined
    switch (row.kind) {
      case 'record': {
        const { record } = row
        const kind = only ?? (row.open.length === 0 ? undefined : random.pick(row.open))
        const seen = { state: record.state, settledAt: record.settledAt }
        if (kind === 'retry' || kind === 'move' || kind === 'write off')
          return { kind, record: record.key, seen }
        if (kind === 'release' && DRAWN.spikes) return { kind, what: { kind: 'spike', record: record.key } }
        if (kind !== 'evidence') return undefined
        return {
          kind,
          record: record.key,
          seen,
          from: random.pick(['cloudtrail', 'billing-feed'] as const),
          evidence: `event-${record.key}`,
          says: atAws(record) ? 'billed' : 'not recorded',
        }
      }
      case 'aside': {
        // Most of what is set aside may only be dropped: what may be billed is billed.
        if (row.open.length === 0) return undefined
        const billed = only === undefined && row.open.includes('bill aside') && random.chance(0.8)
        const kind = only ?? (billed ? 'bill aside' : random.pick(row.open))
        return kind === 'bill aside' || kind === 'drop aside' ? { kind, aside: row.aside } : undefined
      }
      case 'refused':
        return { kind: 'replay', source: row.source, event: row.event }
      case 'hold':
      case 'stopped':
        return undefined
    }
  }

  /** What CloudTrail would show: our record, with our quantity. */
  function atAws({ dimension, hour, ...record }: RecordRow): boolean {
    const identity = edgeIdentity(record.identity)
    const of = identity.kind === 'license' ? identity.licenseArn : identity.productCode
    return Object.entries(world.aws.state.bill).some(
      ([key, billed]) =>
        key.split('|')[1] === of &&
        billed.account === buyer.account &&
        billed.dimension === dimension &&
        billed.hour === hour &&
        !world.aws.strangers.has(billed.id),
    )
  }

  function holdFor(ms: number): void {
    void act({ kind: 'hold', dimension: null }).then((held) => {
      if (held) time.at(time.now() + ms, () => void act({ kind: 'release', what: { kind: 'subscription' } }))
    })
  }

  const voidOf = (): RepairWork => {
    const to = hourOf(time.now()) + HOUR_MS
    return { kind: 'void', source: `key-${buyer.slot}`, from: to - random.whole(1, 2) * HOUR_MS, to }
  }

  /** Asks until there is an answer: the same act sent again is done once. True: it was done. */
  async function act(work: RepairWork): Promise<boolean> {
    acts += 1
    const signed: RepairAct = {
      ...work,
      id: `act-${buyer.slot}-${acts}`,
      who: 'operator',
      why: 'the simulation asks',
    }
    const subject = subjectOf(work)
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      try {
        const answer = await ledger.call(WORLD, `${work.kind} of ${subject}`, (core) => core.repair(signed))
        world.note(`${work.kind} of ${subject}: ${answer.ok ? answer.value.sentence : answer.error.sentence}`)
        world.saw(answer.ok ? `${work.kind}: done` : `${work.kind}: ${answer.error.kind}`)
        if (answer.ok) {
          done.push({ id: signed.id, kind: work.kind, subject, act: JSON.stringify(signed) })
          return true
        }
        if (answer.error.kind !== 'in-flight') return false
      } catch {
        world.saw(`${work.kind}: no answer`)
      }
      await time.pause(60_000 * (tries + 1))
    }
    return false
  }

  async function goOn(): Promise<void> {
    for (const kind of ['stopped', 'subscription'] as const) await act({ kind: 'release', what: { kind } })
  }

  return { done, look, insist, goOn }
}

function subjectOf(work: RepairWork): string {
  if ('record' in work) return work.record
  return work.kind === 'release' && work.what.kind === 'spike' ? work.what.record : work.kind
}
