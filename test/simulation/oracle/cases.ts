/** Small histories made by hand, for the tests of the oracle: one product, one or two subscriptions, plain times. */
import type { AwsRecord, Deploy, History, OrderMade, ShownRecord, SubscriptionHistory } from '../history.ts'
import { hourOf, MINUTE, monthOf } from './calendar.ts'
import { ACCOUNT, at, deploy, LICENSE, order } from './sold.ts'

/** One event: its time, how much, and what is unusual about it. It arrives 1 minute later and is told `counted`. */
export interface Sent {
  readonly time: string
  readonly quantity?: number
  readonly value?: number
  readonly series?: string
  readonly key?: string
  readonly meter?: string
  readonly id?: string
  readonly at?: string
  /** When it ran; absent: once, on arrival. */
  readonly ran?: readonly string[]
  readonly told?: string | null
}

export interface Rec {
  readonly hour: string
  readonly units: number
  readonly dimension?: string
  readonly state?: ShownRecord['state']
  readonly reason?: string
  readonly of?: string
  /** The hour of the moved record it brings in, and how many of its units are that. */
  readonly moved?: readonly [string, number]
  /** False: AWS has no such record; a number: AWS has it with another quantity. Absent: it has it if it may. */
  readonly atAws?: boolean | number
  /** Absent: 70 minutes after the hour's begin. */
  readonly frozenAt?: string
  /** A spike that waits until then. */
  readonly heldUntil?: string
}

export interface Told {
  readonly subscription?: string
  readonly orders?: readonly OrderMade[]
  readonly sent?: readonly Sent[]
  readonly records?: readonly Rec[]
  readonly open?: number
  readonly owed?: number
  readonly asides?: readonly (readonly [hour: string, reason: string, amount: string])[]
  /** By month, or by month and dimension (`2026-11 big`), where it is not what was told to be counted in it. */
  readonly counted?: Readonly<Record<string, string>>
  /** The same of what is covered; absent: nothing. */
  readonly covered?: Readonly<Record<string, string>>
  readonly repairs?: SubscriptionHistory['repairs']
  readonly stopped?: string
  readonly given?: SubscriptionHistory['given']
  readonly taken?: SubscriptionHistory['taken']
  readonly alone?: string
  readonly restores?: SubscriptionHistory['restores']
}

export function subscription(deploys: readonly Deploy[], told: Told): SubscriptionHistory {
  const name = told.subscription ?? 'sub_1'
  const sent = told.sent ?? []
  return {
    subscription: name,
    account: ACCOUNT,
    orders: told.orders ?? [order()],
    calls: sent.map((each, i) => callOf(each, i)),
    repairs: told.repairs ?? [],
    ...(told.given === undefined ? {} : { given: told.given }),
    ...(told.restores === undefined ? {} : { restores: told.restores }),
    ...(told.taken === undefined ? {} : { taken: told.taken }),
    shown: {
      waiting: null,
      stopped: told.stopped ?? null,
      alone: told.alone ?? null,
      frozenUntil: null,
      records: (told.records ?? []).map(shownOf),
      months: monthsOf(deploys, told, sent),
      findings: [],
    },
  }
}

function callOf(sent: Sent, i: number): SubscriptionHistory['calls'][number] {
  const time = at(sent.time)
  const arrives = sent.at === undefined ? time + MINUTE : at(sent.at)
  const told = sent.told === undefined ? 'counted' : sent.told
  const answer =
    told === 'counted' || told === 'duplicate' || told === 'again'
      ? ({ result: told } as const)
      : ({ result: 'refused', code: told ?? '' } as const)
  return {
    sentAt: arrives,
    batch: { kind: 'ids' },
    events: [
      {
        source: 'app',
        id: sent.id ?? `e${i}`,
        meter: sent.meter ?? 'calls',
        time,
        measure:
          sent.key !== undefined
            ? { kind: 'key', key: sent.key }
            : sent.value !== undefined
              ? { kind: 'value', value: millionthsOf(sent.value), series: sent.series ?? 'app' }
              : { kind: 'quantity', quantity: millionthsOf(sent.quantity ?? 1) },
      },
    ],
    ranAt: sent.ran?.map(at) ?? [arrives],
    answers: told === null ? null : [answer],
  }
}

const millionthsOf = (amount: number): string => String(Math.round(amount * 1_000_000))

const keyOf = (dimension: string, hour: string, of: string): string => `${of}|${dimension}|${hour}`

function shownOf(rec: Rec): ShownRecord {
  const dimension = rec.dimension ?? 'units'
  const of = rec.of ?? LICENSE
  const moved = rec.moved?.[1] ?? 0
  return {
    key: keyOf(dimension, rec.hour, of),
    kind: 'license',
    of,
    who: ACCOUNT,
    dimension,
    hour: hourOf(at(rec.hour)),
    timestamp: at(rec.hour),
    quantity: rec.units,
    state: rec.state ?? 'billed',
    reason: rec.reason ?? null,
    receipt: null,
    config: 'cfg_1',
    ...(rec.heldUntil === undefined ? {} : { heldUntil: at(rec.heldUntil) }),
    frozenAt: rec.frozenAt === undefined ? at(rec.hour) + 70 * MINUTE : at(rec.frozenAt),
    lines: [
      ...(rec.units > moved ? [{ kind: 'usage', period: 0, units: rec.units - moved } as const] : []),
      ...(rec.moved === undefined
        ? []
        : [{ kind: 'adjustment', from: keyOf(dimension, rec.moved[0], of), units: moved } as const]),
    ],
  }
}

/** Months as a Ledger shows them that counted all it said it counted. */
function monthsOf(
  deploys: readonly Deploy[],
  told: Told,
  sent: readonly Sent[],
): SubscriptionHistory['shown']['months'] {
  const months = new Map<number, number>()
  const keys = new Set<string>()
  for (const { time, told: answer, key, quantity } of sent) {
    const month = monthOf(at(time))
    const counted = (answer === undefined || answer === 'counted') && !keys.has(`${month} ${key}`)
    if (key !== undefined) keys.add(`${month} ${key}`)
    months.set(month, (months.get(month) ?? 0) + (counted ? (quantity ?? 1) : 0))
  }
  for (const [hour, , amount] of told.asides ?? []) {
    const month = monthOf(at(hour))
    months.set(month, (months.get(month) ?? 0) - Number(amount))
  }
  for (const month of Object.keys(told.counted ?? {})) months.set(at(`${month.slice(5)}-01T00:00`), 0)
  if (months.size === 0) months.set(at('11-01T00:00'), 0)
  const last = Math.max(...months.keys())
  const dimensions = deploys[0]?.product.dimensions ?? []
  return [...months].map(([month, counted]) => ({
    month,
    dimensions: dimensions.map(({ key, charge }) => ({
      dimension: key,
      meter: charge?.meter ?? '',
      metered: true,
      counted: toldOf(told.counted, month, key) ?? String(counted),
      covered: toldOf(told.covered, month, key) ?? '0',
      due: '0',
      frozen: '0',
      billed: '0',
      open: String(month === last ? (told.open ?? 0) : 0),
      owed: String(month === last ? (told.owed ?? 0) : 0),
    })),
    setAside: (told.asides ?? [])
      .filter(([hour]) => monthOf(at(hour)) === month)
      .map(([hour, reason, amount]) => ({ meter: 'calls', hour: at(hour), reason, amount })),
    refused: [],
  }))
}

function toldOf(amounts: Told['counted'], month: number, dimension: string): string | undefined {
  const name = new Date(month).toISOString().slice(0, 7)
  return amounts?.[`${name} ${dimension}`] ?? amounts?.[name]
}

/** What AWS bills of these records: those that are billed, unless told otherwise. */
function billOf(name: string, records: readonly Rec[]): AwsRecord[] {
  return records.flatMap((rec, i): AwsRecord[] => {
    const there = rec.atAws ?? (rec.state === undefined || rec.state === 'billed')
    if (there === false) return []
    return [
      {
        id: `m-${name}-${i}`,
        region: 'us-east-1',
        kind: 'license',
        of: rec.of ?? LICENSE,
        account: ACCOUNT,
        subscription: name,
        dimension: rec.dimension ?? 'units',
        hour: hourOf(at(rec.hour)),
        timestamp: at(rec.hour) / 1000,
        quantity: typeof there === 'number' ? there : rec.units,
        acceptedAt: at(rec.hour) + 80 * MINUTE,
        by: 'us',
      },
    ]
  })
}

export interface Case {
  readonly deploys?: readonly Deploy[]
  readonly subscriptions?: readonly Told[]
  readonly bill?: readonly AwsRecord[]
  readonly calls?: History['aws']['calls']
  readonly endedAt?: string
}

/** What is to be tested of it, and the history. */
export type Row = readonly [sentence: string, one: Case & Told]

/** A whole history; seen at the end of 9 December unless told otherwise. */
export function history(one: Case & Told): History {
  const deploys = one.deploys ?? [deploy()]
  const told = one.subscriptions ?? [one]
  return {
    seed: 0,
    shape: 'by hand',
    deploys,
    subscriptions: told.map((each) => subscription(deploys, each)),
    aws: {
      bill: [
        ...told.flatMap((each) => billOf(each.subscription ?? 'sub_1', each.records ?? [])),
        ...(one.bill ?? []),
      ],
      calls: one.calls ?? [],
      agreements: [],
    },
    endedAt: at(one.endedAt ?? '12-09T00:00'),
  }
}
