/** What came of one seed, in units: due by the oracle, billed by AWS, lost, billed too much, and what of the loss is shown. Pure. */
import type { History } from '../history.ts'
import { accountOf } from '../oracle/account.ts'
import { dueOf } from '../oracle/charge.ts'
import type { Row } from './table.ts'

/** Units of all buyers and dimensions of a seed; one kind is never set off against another. */
export interface Outcome {
  readonly due: number
  /** Due and not on AWS's bill. */
  readonly lost: number
  /** Of the lost: shown to somebody, as a record that is parked, doubtful or open, or as a row marked as failed. */
  readonly shown: number
  /** On AWS's bill and not due. */
  readonly extra: number
  /** On AWS's bill and shown as not billed: who repairs it by hand bills it twice. */
  readonly misread: number
}

/** Units by subscription and dimension that are shown as not billed. */
type Shown = ReadonlyMap<string, number>

const keyOf = (subscription: string, dimension: string): string => `${subscription} ${dimension}`

/** Compares each dimension of each subscription with AWS's bill. */
export function outcomeOf(history: History, shown: Shown): Outcome {
  const outcome = { due: 0, lost: 0, shown: 0, extra: 0, misread: 0 }
  for (const subscription of history.subscriptions) {
    const { charged, until } = accountOf(history, subscription)
    const dues = new Map<string, number>()
    for (const run of charged.runs)
      dues.set(run.dimension, (dues.get(run.dimension) ?? 0) + Number(dueOf(run, until)))
    for (const [dimension, due] of dues) {
      const billed = history.aws.bill
        .filter((record) => record.by === 'us' && record.account === subscription.account)
        .filter((record) => record.dimension === dimension)
        .reduce((sum, record) => sum + record.quantity, 0)
      const lost = Math.max(0, due - billed)
      outcome.due += due
      outcome.lost += lost
      outcome.extra += Math.max(0, billed - due)
      const told = shown.get(keyOf(subscription.subscription, dimension)) ?? 0
      outcome.shown += Math.min(lost, told)
      outcome.misread += Math.max(0, told - lost)
    }
  }
  return outcome
}

/** Ours: records that are not billed, but for those in doubt that AWS has after all, and what is open. */
export function shownByUs(history: History): Shown {
  const shown = new Map<string, number>()
  const add = (subscription: string, dimension: string, units: number): void => {
    const key = keyOf(subscription, dimension)
    shown.set(key, (shown.get(key) ?? 0) + units)
  }
  const keyAtAws = (of: string, dimension: string, hour: number): string => `${of} ${dimension} ${hour}`
  const ours = history.aws.bill.filter(({ by }) => by === 'us')
  const atAws = new Set(ours.map(({ of, dimension, hour }) => keyAtAws(of, dimension, hour)))
  for (const { subscription, shown: own } of history.subscriptions) {
    for (const { of, dimension, hour, state, quantity } of own.records) {
      if (state === 'billed' || state === 'moved') continue
      if (state === 'doubtful' && atAws.has(keyAtAws(of, dimension, hour))) continue
      add(subscription, dimension, quantity)
    }
    for (const { dimension, open } of own.months.flatMap(({ dimensions }) => dimensions))
      add(subscription, dimension, Number(open))
  }
  return shown
}

/** The sample's: rows it has marked as failed, and rows still pending. */
export function shownBySample(history: History, rows: readonly Row[]): Shown {
  const names = new Map(history.subscriptions.map(({ account, subscription }) => [account, subscription]))
  const shown = new Map<string, number>()
  for (const { customer, dimension, value, pending, failed } of rows) {
    if (!pending && failed !== true) continue
    const key = keyOf(names.get(customer) ?? '', dimension)
    shown.set(key, (shown.get(key) ?? 0) + value)
  }
  return shown
}
