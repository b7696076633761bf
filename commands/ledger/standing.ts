/** Why a Ledger stands still, wholly or in part: in a word for a list, and as lines that say whose move it is. No I/O. */
import type { LedgerStatus } from '../../shared/ledger/ledger.ts'
import { countText, timeText } from './format.ts'

/** What a Ledger waits for, in a word or two; empty: for nothing. */
export function waitsFor({ stopped, waiting, behind, alone, silent }: LedgerStatus): string {
  if (stopped !== null) return 'stopped'
  if (waiting !== null) return waiting
  if (behind.length > 0) return behind.map((one) => `${one.dimension}: ${one.waiting}`).join(', ')
  if (alone !== null) return 'its predecessor was not taken over'
  return silent.length > 0 ? countText(silent.length, 'silent gauge') : ''
}

/** Lines of `parked` for what is no record: subscription, what, state, units, value, whose move. */
export function standingCells(subscription: string, status: LedgerStatus): string[][] {
  const line = (what: string, state: string, move: string): string[] => [
    subscription,
    what,
    state,
    '',
    '',
    move,
  ]
  const meters = Map.groupBy(status.silent, ({ meter }) => meter)
  return [
    ...(status.waiting === 'license' ? [line('the whole subscription', 'waits: license', LICENSE)] : []),
    ...(status.alone === null ? [] : [line('the running month', 'not taken over', `yours: ${status.alone}`)]),
    ...status.behind.flatMap(({ dimension, waiting, waitUntil }) => {
      switch (waiting) {
        case 'amount':
          return [line(dimension, 'waits: amount', amountText(waitUntil))]
        case 'parked':
          return [line(dimension, 'waits: amount', NEVER_KNOWN)]
        case 'hold':
          return []
      }
    }),
    ...[...meters].map(([meter, series]) =>
      line(
        meter,
        `${countText(series.length, 'gauge')} silent`,
        `the application's: no reading of ${series[0]?.series ?? ''} since ${timeText(series[0]?.lastMs ?? null)}, so it counts 0; report it again`,
      ),
    ),
  ]
}

const LICENSE =
  "the buyer's: its license is not known since the product changed over; a visit to the landing page tells it. Its usage is counted and billed then"
const NEVER_KNOWN =
  'yours: AWS never said what the contract includes; see GetEntitlements and the agreement, the dimension goes on by itself then'

const amountText = (until: number | null): string =>
  `AWS's: what the contract includes is asked for again${until === null ? '' : `; from ${timeText(until)} on the last amount known is taken`}`
