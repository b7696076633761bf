/**
 * The lives that crash points are enumerated in: one of usage from its first event to the end, one for each act of
 * repair, and those of a successor. What an act needs to be open is put in place; nothing else goes wrong. No I/O.
 */
import { HOUR_MS, MINUTE_MS } from '../../shared/hour.ts'
import type { RepairKind } from '../../shared/ledger/repair.ts'
import type { FrozenRecord } from '../../shared/submission/record.ts'
import type { SeedOptions } from './runtime/seed.ts'
import type { Time } from './runtime/time.ts'
import type { Weather } from './runtime/weather.ts'
import { once, placed, type Scene, summed, TEN, used, worldOf } from './scenarios/stage.ts'
import { smallWorld } from './worlds/small.ts'
import type { World } from './worlds/world.ts'

export interface Life {
  readonly name: string
  readonly world: World
  readonly place?: SeedOptions['place']
  /** Points before this are those of every life. */
  readonly from: number
  readonly until: number
  /** The acts it is about, in their order: each is done once, whatever dies. */
  readonly acts: readonly RepairKind[]
}

const minutes = (count: number): number => TEN + count * MINUTE_MS

/** AWS refuses the record of 10:00 before this time; null: for good. */
const refused =
  (until: number | null) =>
  (time: Time): Partial<Weather> => ({
    refuses: (records: readonly FrozenRecord[]) =>
      (until === null || time.now() < until) && records.some(({ hour }) => hour === TEN)
        ? 'ValidationException'
        : undefined,
  })

/** Usage in three hours, and these acts at these minutes after 10:00. */
function lifeOf(
  name: string,
  acts: readonly (readonly [kind: RepairKind, minute: number])[],
  scene: Partial<Scene> = {},
): Life {
  const reports = [used(minutes(5)), used(minutes(65)), used(minutes(135), { sequence: 1 })]
  const visits = acts.map(([act, minute]) => ({ at: minutes(minute), slot: 0, act }))
  return lifeIn(name, { reports, visits, ...scene }, visits[0]?.at ?? TEN, visits.at(-1)?.at ?? TEN)
}

function lifeIn(name: string, scene: Scene, from: number, last: number): Life {
  const acts = (scene.visits ?? []).flatMap(({ act }) => act ?? [])
  return {
    name,
    world: worldOf(scene),
    place: (time) => ({
      faults: placed(scene.faults ?? {}, time),
      weather: scene.weather?.(time) ?? {},
    }),
    from,
    until: last + 2 * HOUR_MS,
    acts,
  }
}

/** Calls and users, of each of which the first few of a month cost nothing. */
const SHARED_MONTH: Partial<Scene> = {
  dimensions: [
    {
      ...summed('calls'),
      charge: { kind: 'sum', meter: 'm_calls', included: { amount: '10', per: 'month' } },
    },
    {
      ...summed('users'),
      charge: { kind: 'unique', meter: 'm_users', included: { amount: '1', per: 'month' } },
    },
  ],
}

/** A second license of the same account, in force from 11:00, while the first one ends a little later. */
function successorLife(name: string, linkedAfterMs: number): Life {
  const at = minutes(60)
  const user = (after: number, slot: number, key: string): Scene['reports'][number] => {
    const report = used(minutes(after), { slot, dimension: 'users' })
    return {
      ...report,
      events: report.events.map(({ source, id, meter, time }) => ({
        source,
        id: `${id}-${key}`,
        meter,
        time,
        kind: 'key' as const,
        key,
      })),
    }
  }
  const scene: Scene = {
    ...SHARED_MONTH,
    buyers: [
      { end: { at: at + 10 * MINUTE_MS, status: 'CANCELLED', deprovisionedAfterMs: 31_000 } },
      {
        account: '100000000001',
        subscribeAt: at,
        succeeds: { slot: 0, how: 'bought anew', linkedAfterMs },
      },
    ],
    reports: [
      used(minutes(5)),
      user(6, 0, 'ann'),
      user(7, 0, 'ben'),
      used(minutes(80), { slot: 1 }),
      user(81, 1, 'ben'),
      user(82, 1, 'cleo'),
    ],
  }
  return { ...lifeIn(name, scene, at, at + linkedAfterMs), until: at + linkedAfterMs + 3 * HOUR_MS }
}

export function crashLives(): Life[] {
  const small = smallWorld()
  return [
    {
      name: 'usage to the end',
      world: small,
      from: 0,
      until: Number.POSITIVE_INFINITY,
      acts: [],
    },
    lifeOf('retry', [['retry', 125]], { weather: refused(minutes(120)) }),
    lifeOf('move', [['move', 125]], { weather: refused(null) }),
    lifeOf('write off', [['write off', 125]], { weather: refused(null) }),
    lifeOf('evidence that it is billed', [['evidence', 125]], {
      faults: { 'aws-reply-lost': once },
      weather: () => ({ duplicateWord: true }),
    }),
    lifeOf(
      'evidence that it is not',
      [
        ['evidence', 125],
        ['move', 140],
      ],
      { faults: { 'aws-somebody': once } },
    ),
    lifeOf('hold and release', [
      ['hold', 66],
      ['release', 160],
    ]),
    lifeOf('void, and bill it after all', [
      ['void', 50],
      ['bill aside', 70],
    ]),
    lifeOf('void, and drop it', [
      ['void', 50],
      ['drop aside', 70],
    ]),
    lifeOf('replay', [['replay', 45]], {
      reports: [used(minutes(5)), used(minutes(20), { time: minutes(40) }), used(minutes(65))],
    }),
    successorLife('a successor', 0),
    successorLife('a successor told of late', 4 * HOUR_MS),
  ]
}
