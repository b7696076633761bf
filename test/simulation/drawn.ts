/** What came of what a world draws beside what every world has, by name, for the table of a run. Pure. */
import { HOUR_MS } from '../../shared/hour.ts'
import type { History, SubscriptionHistory } from './history.ts'
import { DRAWN, type DrawName } from './worlds/draws.ts'
import type { World } from './worlds/world.ts'

/** By draw: what a run has to have seen of it. */
const WANTED: Readonly<Record<DrawName, readonly string[]>> = {
  amounts: [
    'a contract included an amount',
    'an amount was not known at first',
    'an amount changed',
    'an amount was asked for in vain',
    'a record of an amount nobody ever knew',
  ],
  successors: [
    'a month was taken over',
    'a successor was bought anew',
    'a successor was renewed by AWS',
    'a successor went on alone',
    'a successor was told late',
    'a successor was never told',
    'a month was taken over twice',
  ],
  trials: [
    'a trial was converted to a new license',
    'days of grace on the same license',
    'days of grace after an end',
    'a buyer paid in the days of grace',
    'usage kept as grace',
  ],
  spikes: ['a spike was released', 'a spike was written off', 'a spike went to AWS by itself'],
  restores: [
    'a Ledger was set back',
    'a record was adopted',
    'a result was learnt from the Submitter',
    'an order was told again',
    'more went to AWS than is due',
  ],
}

export const wantedDraws = (): string[] =>
  Object.entries(WANTED).flatMap(([name, wanted]) => (DRAWN[name as DrawName] ? wanted : []))

/** Each as often as it happened in this seed. */
export function drawnIn(world: World, { subscriptions, aws }: History): string[] {
  return [
    ...(world.draws ?? []),
    ...world.buyers.flatMap((buyer): string[] => {
      const { succeeds, trial } = buyer
      const grace = (trial?.graceMs ?? 0) > 0
      return [
        ...(succeeds?.how === 'bought anew' ? ['a successor was bought anew'] : []),
        ...(succeeds?.how === 'renewed' ? ['a successor was renewed by AWS'] : []),
        ...((succeeds?.linkedAfterMs ?? 0) > 0 ? ['a successor was told late'] : []),
        ...(succeeds?.linkedAfterMs === null ? ['a successor was never told'] : []),
        ...(succeeds !== undefined && world.shape === 'trial' && succeeds.how === 'renewed'
          ? ['a trial was converted to a new license']
          : []),
        ...(grace && trial?.ends !== true ? ['days of grace on the same license'] : []),
        ...(grace && trial?.ends === true ? ['days of grace after an end'] : []),
        ...((trial?.paysAt ?? null) === null ? [] : ['a buyer paid in the days of grace']),
      ]
    }),
    ...subscriptions.flatMap((each) => [
      ...ofAmounts(each),
      ...ofSuccession(each),
      ...ofSpikes(each, aws.bill),
      ...ofRestores(each),
    ]),
    ...subscriptions.flatMap(({ shown }) =>
      shown.months.some(({ setAside }) => setAside.some(({ reason }) => reason === 'grace'))
        ? ['usage kept as grace']
        : [],
    ),
  ]
}

function ofAmounts({ orders, shown }: SubscriptionHistory): string[] {
  const told = orders.map(({ amounts }) => Object.values(amounts)[0])
  const changes = told.filter((amount, i) => i > 0 && amount !== told[i - 1])
  return [
    ...(told.some((amount) => typeof amount === 'string') ? ['a contract included an amount'] : []),
    ...(changes.some((amount) => typeof amount === 'string') && typeof told[0] !== 'string'
      ? ['an amount was not known at first']
      : []),
    ...(changes.some((amount) => typeof amount === 'string') && typeof told[0] === 'string'
      ? ['an amount changed']
      : []),
    ...(changes.includes(null) ? ['an amount was asked for in vain'] : []),
    ...(shown.records.some(({ reason }) => reason === 'amount-unknown')
      ? ['a record of an amount nobody ever knew']
      : []),
  ]
}

function ofRestores({ restores = [], orders, shown }: SubscriptionHistory): string[] {
  if (restores.length === 0) return []
  const owed = shown.months.some(({ dimensions }) => dimensions.some((each) => each.owed !== '0'))
  return [
    'a Ledger was set back',
    ...restores.flatMap(({ adopted }) => adopted.map(() => 'a record was adopted')),
    ...restores.flatMap(({ settled }) => settled.map(() => 'a result was learnt from the Submitter')),
    ...(orders.some(({ takenAgainAt }) => takenAgainAt !== undefined) ? ['an order was told again'] : []),
    ...(owed ? ['more went to AWS than is due'] : []),
  ]
}

function ofSuccession({ given, taken }: SubscriptionHistory): string[] {
  const took = (taken ?? []).some(({ state }) => state === 'taken')
  return [
    ...(took ? ['a month was taken over'] : []),
    ...(took && given !== undefined ? ['a month was taken over twice'] : []),
    ...((taken ?? []).some(({ state }) => state === 'alone') ? ['a successor went on alone'] : []),
  ]
}

/** A spike goes by itself when a quarter of its window is left: nothing else is sent so late but what was held up. */
function ofSpikes({ repairs, shown }: SubscriptionHistory, bill: History['aws']['bill']): string[] {
  const released = repairs.filter(({ kind, act }) => kind === 'release' && act.includes('"spike"'))
  const wroteOff = repairs.filter(({ kind, act }) => kind === 'write off' && act.includes('"waiting"'))
  const late = shown.records.filter(
    (record) =>
      record.frozenAt < record.hour + 3 * HOUR_MS &&
      bill.some(
        ({ of, dimension, hour, acceptedAt }) =>
          of === record.of &&
          dimension === record.dimension &&
          hour === record.hour &&
          acceptedAt > record.timestamp + 0.74 * 24 * HOUR_MS,
      ),
  )
  return [
    ...released.map(() => 'a spike was released'),
    ...wroteOff.map(() => 'a spike was written off'),
    ...late.map(() => 'a spike went to AWS by itself'),
  ]
}
