/** No unit is lost and none is doubled: over the cluster, and in each ledger file (money §11, §12). Pure. */
import type { Held, LedgerShown, TaskHistory } from '../history.ts'
import { type Discrepancy, keyOf, sum, UNIT, units } from './finding.ts'

/** Records in these states hold units; of `moved` ones the units are elsewhere. */
const HOLDS: ReadonlySet<string> = new Set(['waiting', 'billed', 'doubtful', 'parked', 'expired'])

const ALL = 'Acknowledged = billed + open, waiting, doubtful, parked, expired (money §11)'
const ONE = 'Counted + taken over = in records + open (money §12)'

export function judgeUnits(history: TaskHistory): Discrepancy[] {
  return [
    ...history.dimensions.flatMap((dimension) => judgeAll(history, dimension)),
    ...history.ledgers
      .filter(({ fate }) => fate !== 'copy')
      .flatMap((ledger) => history.dimensions.flatMap((dimension) => judgeOne(history, ledger, dimension))),
  ]
}

/** Every record a key names is counted once, at AWS if AWS has it, else where it is shown. */
function judgeAll(history: TaskHistory, dimension: string): Discrepancy[] {
  const used = sum(
    history.usage.filter((one) => one.dimension === dimension && one.kept).map((one) => one.amount),
  )
  const atAws = history.aws.records.filter((record) => record.dimension === dimension && !record.stranger)
  const counted = new Set(history.aws.records.filter((record) => !record.stranger).map(exactKey))
  const billed = sum(atAws.map(({ quantity }) => quantity * UNIT))
  let open = 0
  let shown = 0
  let lapsed = 0
  const show = (record: Held): void => {
    if (record.dimension !== dimension || counted.has(exactKey(record))) return
    counted.add(exactKey(record))
    shown += record.quantity * UNIT
  }
  // An equal record of another program stands at AWS in the place of ours.
  for (const { fate, records } of history.ledgers)
    if (fate === 'claimed') for (const record of records) if (record.state === 'billed') show(record)
  // What was taken over is told by who took it over.
  for (const ledger of history.ledgers.filter(({ fate }) => fate !== 'copy' && fate !== 'claimed')) {
    open += (ledger.open[dimension] ?? 0) + (ledger.aside[dimension] ?? 0)
    for (const record of ledger.records) if (HOLDS.has(record.state)) show(record)
    for (const row of ledger.adopted) {
      for (const record of row.held) show(record)
      lapsed += sum(row.lapsed.filter((one) => one.dimension === dimension).map((one) => one.amount))
    }
  }
  const taken = takenForOne(history, dimension)
  const found = billed + open + shown + lapsed + taken
  if (found === used) return []
  return [
    {
      rule: ALL,
      subject: `${dimension} of all tasks`,
      expected: units(used),
      found: `${units(found)} (${units(billed)} at AWS, ${units(open)} open, ${units(shown)} in records AWS does not hold, ${units(lapsed)} expired)`,
    },
  ]
}

const exactKey = (record: Held): string => `${keyOf(record)} ${record.quantity}`

/**
 * Units of records that AWS took for one it had: a container that was stopped and started again within its task and hour, without
 * its ledger, and stopped again in that hour with the same quantity. AWS answers both alike, so nobody can tell
 * (docs/exactness.md).
 */
export function takenForOne(history: TaskHistory, dimension: string): number {
  const billed = history.ledgers
    .filter(({ fate }) => fate !== 'copy')
    .flatMap(({ records }) => records)
    .filter((record) => record.state === 'billed' && record.dimension === dimension)
  return (
    UNIT *
    (sum(billed.map(({ quantity }) => quantity)) -
      sum([...new Map(billed.map((one) => [exactKey(one), one.quantity])).values()]))
  )
}

function judgeOne(history: TaskHistory, ledger: LedgerShown, dimension: string): Discrepancy[] {
  const counted = sum(
    history.usage
      .filter((one) => one.file === ledger.file && one.dimension === dimension && one.kept)
      .map((one) => one.amount),
  )
  const taken = sum(ledger.adopted.map((from) => from.units[dimension] ?? 0))
  const records = sum(
    ledger.records
      .filter((record) => record.dimension === dimension && HOLDS.has(record.state))
      .map((record) => record.quantity * UNIT),
  )
  const open = (ledger.open[dimension] ?? 0) + (ledger.aside[dimension] ?? 0)
  if (counted + taken === records + open) return []
  return [
    {
      rule: ONE,
      subject: `${dimension} of ${ledger.file}`,
      expected: `${units(counted)} + ${units(taken)}`,
      found: `${units(records)} + ${units(open)}`,
    },
  ]
}
