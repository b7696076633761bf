/**
 * The oracle: holds what AWS stored and what is shown against the events, the orders and the config, by money.md alone.
 * Imports nothing of `shared/ledger`, `shared/submission` or `shared/seller`. Pure. Empty: no unit lost, none doubled.
 */
import type { History, ShownRecord, SubscriptionHistory } from '../history.ts'
import { judgeAnswers } from './answers.ts'
import { judgeAws } from './aws.ts'
import { HOUR, hourOf, iso } from './calendar.ts'
import { type Account, accountOf } from './account.ts'
import { duesOf, dueOf, type Run } from './charge.ts'
import type { Discrepancy } from './finding.ts'
import { judgeRestores } from './restores.ts'
import { judgeSpikes } from './spikes.ts'
import { judgeSuccessor } from './successor.ts'
import { judgeWaits, waitingFrom } from './waits.ts'
import { judgeAsides, judgeCounted, judgeCovered } from './amounts.ts'

/** Everything that does not hold. */
export function judge(history: History): Discrepancy[] {
  return [...judgeAws(history), ...history.subscriptions.flatMap((each) => judgeSubscription(history, each))]
}

function judgeSubscription(history: History, subscription: SubscriptionHistory): Discrepancy[] {
  const { shown } = subscription
  const own = (found: Discrepancy[]): Discrepancy[] =>
    found.map((each) => ({ ...each, subject: `${subscription.subscription} ${each.subject}` }))
  const broken = shown.findings.map((finding): Discrepancy => ({
    rule: 'The Ledger finds its own invariants whole (money §12)',
    subject: 'audit',
    expected: 'nothing',
    found: finding,
  }))
  if (shown.stopped !== null)
    return own([
      ...broken,
      {
        rule: 'No invariant fails (money §12)',
        subject: 'status',
        expected: 'not stopped',
        found: shown.stopped,
      },
    ])
  const account = accountOf(history, subscription)
  return own([
    ...broken,
    ...judgeAnswers(subscription, account.intake),
    ...judgeAsides(subscription, account),
    ...judgeCounted(subscription, account),
    ...judgeCovered(history, subscription, account),
    ...judgeSuccessor(history, subscription, account),
    ...judgeWaits(subscription, account),
    ...judgeSpikes(history, subscription),
    ...judgeRestores(history, subscription),
    ...judgeRecords(subscription, account),
    ...judgeRuns(history, subscription, account),
  ])
}

/** A record is the sum of its lines, of the run its hour lies in, and an adjustment comes from a moved record (money §9, §12). */
function judgeRecords({ shown }: SubscriptionHistory, { charged }: Account): Discrepancy[] {
  const byKey = new Map(shown.records.map((record) => [record.key, record]))
  const runOf = (record: ShownRecord): Run | undefined =>
    charged.runs.find(
      (run) => run.dimension === record.dimension && run.from <= record.hour && record.hour < run.until,
    )
  return shown.records.flatMap((record): Discrepancy[] => {
    const found: Discrepancy[] = []
    const subject = `${record.dimension} ${iso(record.hour)}`
    const sum = record.lines.reduce((units, line) => units + line.units, 0)
    if (sum !== record.quantity)
      found.push({
        rule: "A record's quantity is the sum of its lines (money §12)",
        subject,
        expected: String(record.quantity),
        found: String(sum),
      })
    const run = runOf(record)
    if (run === undefined && record.quantity > 0)
      found.push({
        rule: 'A record lies in an hour that is billed (money §4)',
        subject,
        expected: 'a period in which the dimension is billed',
        found: `${record.quantity} units in none`,
      })
    for (const line of record.lines) {
      if (line.kind === 'usage') continue
      const from = byKey.get(line.from)
      const right =
        from !== undefined && from.state === 'moved' && from.quantity === line.units && runOf(from) === run
      if (right) continue
      found.push({
        rule: 'An adjustment brings in one moved record, never across a cut of price (money §9)',
        subject,
        expected: `a moved record of ${line.units} units at the same price`,
        found:
          from === undefined
            ? 'no such record'
            : `${from.quantity} units, ${from.state}, of ${iso(from.hour)}`,
      })
    }
    return found
  })
}

/**
 * Due = what AWS billed + what is shown as open, parked, doubtful, written off (money §13), and none too early. A month
 * shows what is open of all runs that end in it, so those are taken together.
 */
function judgeRuns(history: History, of: SubscriptionHistory, account: Account): Discrepancy[] {
  const { shown } = of
  const shownMonths = new Set(shown.months.map(({ month }) => month))
  const lastMonth = (run: Run): number =>
    run.periods.findLast(({ month }) => shownMonths.has(month))?.month ?? run.from
  const groups = Map.groupBy(
    account.charged.runs.filter((run) => run.waitsFrom === null),
    (run) => `${run.dimension} ${lastMonth(run)}`,
  )
  return [...groups.values()].flatMap((runs) => {
    const [first] = runs
    if (first === undefined) return []
    const open = openIn(shown.months, first.dimension, lastMonth(first))
    return [
      ...judgeUnits(shown.records, account, runs, open, (run) => waitingFrom(history, of, account, run)),
      ...runs.flatMap((run) =>
        mayFall(account, run) || (of.restores ?? []).length > 0
          ? []
          : judgeEarly(history, recordsOf(shown.records, run), run, open),
      ),
    ]
  })
}

const nameOf = (run: Run): string => `${run.dimension} from ${iso(run.from)}`

const recordsOf = (records: readonly ShownRecord[], run: Run): ShownRecord[] =>
  records
    .filter((each) => each.dimension === run.dimension && run.from <= each.hour && each.hour < run.until)
    .sort((a, b) => a.hour - b.hour)

/** Units in records of a run; those of a moved record only until another one brings them in. */
function unitsIn(all: readonly ShownRecord[], run: Run): bigint {
  const records = recordsOf(all, run)
  const brought = new Set(
    records.flatMap((each) => each.lines.flatMap((line) => (line.kind === 'adjustment' ? [line.from] : []))),
  )
  return records.reduce(
    (units, each) =>
      each.state === 'moved' && brought.has(each.key) ? units : units + BigInt(each.quantity),
    0n,
  )
}

function judgeUnits(
  records: readonly ShownRecord[],
  account: Account,
  runs: readonly Run[],
  open: bigint,
  waitsFrom: (run: Run) => number | null,
): Discrepancy[] {
  const sum = (of: (run: Run) => bigint): bigint => runs.reduce((units, run) => units + of(run), 0n)
  const due = sum((run) => dueOf(run, account.until))
  const accounted = sum((run) => unitsIn(records, run))
  const inHand = accounted + open
  if (inHand === due) return []
  if (inHand === sum((run) => dueOf(run, waitsFrom(run) ?? account.until))) return []
  // What is held now goes on in hours that have not frozen: a Ledger may show it as open already.
  const most = sum((run) => dueOf(run, Number.POSITIVE_INFINITY))
  // And what is due there uses up what is owed since a late lower reading: then neither is shown (money §12).
  const uses = open > 0n || runs.some((run) => mayFall(account, run))
  if (uses && inHand > due && inHand <= most) return []
  return [
    {
      rule: 'Due = billed + open, parked, doubtful, written off (money §13)',
      subject: runs.map(nameOf).join(', '),
      expected: String(due),
      found: `${accounted} in records and ${open} open`,
    },
  ]
}

/** What was due may have become less since it was frozen: by a late lower reading, or an amount learnt late (money §12). */
function mayFall({ intake }: Account, { price }: Run): boolean {
  if (price.included.kind === 'contract') return true
  const late = intake.uses.some(
    ({ event, takenAt }) => event.meter === price.meter && takenAt > hourOf(event.time) + HOUR,
  )
  return price.kind === 'time-weighted' && late
}

/** Units shown as open or for a person to bill, less those owed, of a dimension in a month. */
const openIn = (months: SubscriptionHistory['shown']['months'], dimension: string, month: number): bigint =>
  months
    .filter((each) => each.month === month)
    .flatMap(({ dimensions }) => dimensions)
    .filter((each) => each.dimension === dimension)
    .reduce((units, each) => units + BigInt(each.open) + BigInt(each.unbilled ?? '0') - BigInt(each.owed), 0n)

/** Never billed in an hour before the usage's own (money §4). */
function judgeEarly(
  { aws }: History,
  records: readonly ShownRecord[],
  run: Run,
  open: bigint,
): Discrepancy[] {
  const usage = records.map((record) => ({
    hour: record.hour,
    units: record.lines.reduce((sum, line) => (line.kind === 'usage' ? sum + line.units : sum), 0),
  }))
  const dues = duesOf(
    run,
    usage.map((each) => each.hour + HOUR),
  )
  if (open < 0n || aws.bill.length === 0) return []
  let sum = 0n
  for (const [i, { hour, units }] of usage.entries()) {
    sum += BigInt(units)
    const due = dues[i] ?? 0n
    if (sum > due)
      return [
        {
          rule: 'Usage is never billed in an hour before its own (money §4)',
          subject: `${nameOf(run)} up to ${iso(hour)}`,
          expected: `at most ${due}`,
          found: String(sum),
        },
      ]
  }
  return []
}
