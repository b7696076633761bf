/** `show`: one subscription with its month, records, periods, identities and everything a person did to it. */
import type { MonthUsage, RecordRow } from '../../shared/ledger/ledger.ts'
import type { RepairEntry } from '../../shared/ledger/repair.ts'
import { dollarsOf } from '../../shared/ledger/repair-record.ts'
import { monthOf, nextMonth } from '../../shared/hour.ts'
import type { SubscriptionDetail } from '../../shared/operator/wire.ts'
import { err, ok } from '../../shared/result.ts'
import { call, eachRow } from './call.ts'
import { EXIT, failure } from './exit.ts'
import { rowsOfTable } from './export.ts'
import { dollarText, hourText, timeText } from './format.ts'
import { eachParked } from './parked.ts'
import { cellsOf, PARKED_COLUMNS } from './parked-row.ts'
import { waitsFor } from './standing.ts'
import { tableOf, type Column } from './table.ts'
import type { Command } from './work.ts'

export const showSubscription: Command = async ({ target, given, print }) => {
  const { subscription, json, flags } = given
  if (flags.month !== undefined && !/^20\d\d-(0[1-9]|1[0-2])$/.test(flags.month)) {
    return err(failure(EXIT.usage, '--month is a calendar month such as 2026-11'))
  }
  const path = `/subscriptions/${subscription}`
  const detail = await call<SubscriptionDetail>(target, { path })
  if (!detail.ok) return detail
  const usage = await call<MonthUsage>(target, { path: `${path}/usage`, query: { month: flags.month } })
  if (!usage.ok) return usage
  const month = monthOf(usage.value.month)

  const records: RecordRow[] = []
  const parked: string[][] = []
  const parkedRows: object[] = []
  const entries: RepairEntry[] = []
  const periods: PeriodRow[] = []
  const failed =
    (await eachRow<RecordRow>(target, { path: `${path}/records` }, (record) => {
      if (record.hour >= month && record.hour < nextMonth(month)) records.push(record)
      return record.hour >= month
    })) ??
    (await eachParked(target, detail.value.id, (row) => {
      parked.push(cellsOf(detail.value.id, row).slice(1))
      parkedRows.push(row)
    })) ??
    (await eachRow<RepairEntry>(target, { path: `${path}/repairs` }, (entry) => void entries.push(entry))) ??
    (await rowsOfTable<PeriodRow>(target, detail.value.id, 'periods', (period) => void periods.push(period)))
  if (failed) return err(failed)

  if (json) {
    const whole = {
      ...detail.value,
      usage: usage.value,
      records,
      periods,
      parked: parkedRows,
      repairs: entries,
    }
    print(JSON.stringify(whole))
    return ok(EXIT.done)
  }
  for (const line of headOf(detail.value)) print(line)
  section(print, 'KNOWN TO AWS AS', IDENTITY_COLUMNS, detail.value.identities.map(identityCells))
  section(print, 'PERIODS', PERIOD_COLUMNS, periods.map(periodCells))
  const name = new Date(month).toISOString().slice(0, 7)
  section(print, `USAGE OF ${name}`, USAGE_COLUMNS, usage.value.dimensions.map(usageCells))
  section(print, `HOURS OF ${name}`, HOUR_COLUMNS, usage.value.dimensions.flatMap(hourCells))
  section(print, `RECORDS OF ${name}`, RECORD_COLUMNS, records.map(recordCells))
  section(print, 'WAITS FOR A PERSON', PARKED_COLUMNS.slice(1), parked)
  section(print, 'WHAT PERSONS DID', ENTRY_COLUMNS, entries.map(entryCells))
  return ok(EXIT.done)
}

function headOf({
  id,
  product,
  account,
  state,
  plan,
  agreementId,
  createdMs,
  ledger,
}: SubscriptionDetail): string[] {
  const standing =
    ledger === null
      ? 'its Ledger did not answer'
      : `frozen until ${ledger.frozenUntil === null ? '-' : hourText(ledger.frozenUntil)}, next wake ${timeText(ledger.nextWake)}`
  const waits = ledger === null ? '' : (ledger.stopped ?? waitsFor(ledger))
  return [
    `${id}  ${state}`,
    `product ${product}, account ${account}, agreement ${agreementId ?? '-'}, plan ${plan ?? '-'}, since ${timeText(createdMs)}`,
    `${standing}${waits === '' ? '' : `, waits for: ${waits}`}`,
  ]
}

/** A table under its name; nothing at all when it is empty. */
function section(
  print: (line: string) => void,
  name: string,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): void {
  if (rows.length === 0) return
  print('')
  print(name)
  for (const line of tableOf(columns, rows)) print(`  ${line}`)
}

const IDENTITY_COLUMNS = [{ head: 'FROM HOUR' }, { head: 'KIND' }, { head: 'VALUE' }, { head: 'REGION' }]
const identityCells = ({ kind, value, region, fromHourMs }: SubscriptionDetail['identities'][number]) => [
  hourText(fromHourMs),
  kind,
  value,
  region,
]

/** A period as it is stored; it is frozen, so its terms are those its records were made with. */
interface PeriodRow {
  readonly from_hour: number
  readonly until_hour: number | null
  readonly plan: string | null
  readonly config: string
  readonly trial: number
}
const PERIOD_COLUMNS = [
  { head: 'FROM HOUR' },
  { head: 'UNTIL' },
  { head: 'PLAN' },
  { head: 'TRIAL' },
  { head: 'CONFIG' },
]
const periodCells = ({ from_hour, until_hour, plan, trial, config }: PeriodRow) => [
  hourText(from_hour),
  until_hour === null ? '-' : hourText(until_hour),
  plan ?? '-',
  trial === 1 ? 'yes' : 'no',
  config,
]

const UNITS = ['COUNTED', 'COVERED', 'LEFT', 'DUE', 'FROZEN', 'BILLED', 'OPEN', 'OWED']
const USAGE_COLUMNS = [{ head: 'DIMENSION' }, ...UNITS.map((head) => ({ head, number: true }))]
type Dimension = MonthUsage['dimensions'][number]
const usageCells = (one: Dimension) => [
  one.dimension,
  one.counted,
  one.covered,
  one.includedLeft ?? '-',
  one.due,
  one.frozen,
  one.billed,
  one.open,
  one.owed,
]

const HOUR_COLUMNS = [
  { head: 'HOUR' },
  { head: 'DIMENSION' },
  { head: 'COUNTED', number: true },
  { head: 'RECORD', number: true },
  { head: 'STATE' },
]
const hourCells = ({ dimension, hours }: Dimension) =>
  hours.map(({ hour, counted, quantity, state }) => [
    hourText(hour),
    dimension,
    counted,
    quantity === null ? '' : String(quantity),
    state ?? '',
  ])

const RECORD_COLUMNS = [
  { head: 'HOUR' },
  { head: 'DIMENSION' },
  { head: 'UNITS', number: true },
  { head: 'VALUE', number: true },
  { head: 'STATE' },
  { head: 'DEADLINE' },
  { head: 'RECEIPT' },
  { head: 'MADE OF' },
]
const recordCells = (record: RecordRow) => [
  hourText(record.hour),
  record.dimension,
  String(record.quantity),
  dollarText(dollarsOf(record)),
  record.reason === null ? record.state : `${record.state}: ${record.reason}`,
  timeText(record.deadline),
  record.receipt ?? '-',
  record.lines
    .map((line) =>
      line.kind === 'usage'
        ? `${line.units} of the period from ${hourText(line.period)}`
        : `${line.units} moved from ${line.from}`,
    )
    .join(', '),
]

const ENTRY_COLUMNS = [
  { head: 'ENTRY', number: true },
  { head: 'AT' },
  { head: 'WHO' },
  { head: 'WHAT' },
  { head: 'WHY' },
  { head: 'DONE' },
]
const entryCells = ({ entry, at, who, kind, why, sentence }: RepairEntry) => [
  String(entry),
  timeText(at),
  who,
  kind,
  why,
  sentence,
]
