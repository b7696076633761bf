/**
 * What Cloudflare charges for a million events and a million records, from counts of a real run in workerd: rows written and
 * read, requests, alarms. `node test/bench/cost.ts` prints the lines; with `--write` it writes docs/cost.md, of which the part
 * about an idle stack is test/infra/idle-cost.ts's. About a minute.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { METRICS } from '../../shared/stack.ts'
import { HOUR_MS, hourOf, MINUTE_MS, nextHour } from '../../shared/hour.ts'
import { MINUTES_A_MONTH } from '../infra/prices.ts'
import { withIdleStack } from '../infra/pages.ts'
import type { Counts } from './counting.ts'
import { print } from './line.ts'
import { makeBodies, makeSequences, send } from './load.ts'
import { ROOT, startWorker } from './worker.ts'

/**
 * Dollars a million. Workers Paid, after what is included. CPU and duration are left out: they depend on the machine.
 * Source: Cloudflare's pricing of Workers, Durable Objects and D1 (2026-11-21).
 */
const PRICES = { workerRequests: 0.3, objectRequests: 0.15, rowsWritten: 1, rowsRead: 0.001 } as const

/** What Workers Paid includes, a month. Source: the same pages. */
const INCLUDED = { workerRequests: 10e6, objectRequests: 1e6, rowsWritten: 50e6, rowsRead: 25e9 } as const

const SUBSCRIPTIONS = 8
const BATCHES = 80
const METERED = 200
const HOURS = 3
const IDLE_MINUTES = 60

/** Rows written for a million events in sequence mode at batch 1 000, at most (design §13). */
const ROWS_MAX = 3_000

interface Row {
  readonly id: string
  readonly what: string
  /** What was counted, for a million of them. */
  readonly written: number
  readonly read: number
  readonly workerRequests: number
  readonly objectRequests: number
}

const rows = [...(await eventRows()), await recordRow()]
for (const row of rows) {
  const ok = row.id !== 'sequence-1000' || row.written <= ROWS_MAX
  print({
    id: `cost-rows-${row.id}`,
    value: row.written,
    unit: 'rows written a million',
    ratio: row.written / 1e6,
    base: 'one each',
    ok,
  })
  print({
    id: `cost-${row.id}`,
    value: dollarsOf(row) * 100,
    unit: 'cents a million',
    ratio: dollarsOf(row),
    base: '$1',
    ok: true,
  })
}
const idle = await idleRow()
const share = Math.max(...sharesOf(idle))
print({
  id: 'cost-idle',
  value: share * 100,
  unit: 'percent of what is included, at most',
  ratio: share,
  base: 'included',
  ok: share < 1,
})
if (process.argv.includes('--write'))
  writeFileSync(join(ROOT, 'docs/cost.md'), await withIdleStack(pageOf(rows, idle)))

/** Usage as it is sent: in numbered batches, in batches of identified events, and one by one. */
async function eventRows(): Promise<Row[]> {
  const worker = await startWorker(SUBSCRIPTIONS, { counting: true })
  const measure = async (
    id: string,
    what: string,
    batch: number,
    bodies: readonly Buffer[],
  ): Promise<Row> => {
    const before = await worker.counts()
    await send(worker, bodies, batch)
    return rowOf(id, what, before, await worker.counts(), batch * bodies.length)
  }
  try {
    // The first batch of each subscription opens its Ledger, which happens once.
    await send(worker, makeBodies(worker, 10, SUBSCRIPTIONS), 10)
    return [
      await measure(
        'sequence-1000',
        'events, numbered batches of 1 000',
        1_000,
        makeSequences(worker, 1_000, BATCHES),
      ),
      await measure(
        'sequence-100',
        'events, numbered batches of 100',
        100,
        makeSequences(worker, 100, BATCHES),
      ),
      await measure(
        'ids-1000',
        'events with ids, batches of 1 000',
        1_000,
        makeBodies(worker, 1_000, BATCHES),
      ),
      await measure('ids-1', 'events with ids, one a request', 1, makeBodies(worker, 1, 4 * BATCHES)),
    ]
  } finally {
    await worker.stop()
  }
}

/** Records from the frozen hour to the receipt in the read model, hour after hour, of subscriptions with one event each. */
async function recordRow(): Promise<Row> {
  const aws = await startAws()
  const worker = await startWorker(METERED, { counting: true, entry: 'index.dev.ts', aws: aws.url })
  try {
    // Ten minutes before the full hour all that the hour before has frozen was offered and sent.
    let hour = await worker.step(nextHour(hourOf(Date.now())) + 50 * MINUTE_MS)
    /** What an hour's step counted; the events before it are lines of their own. */
    const meterHour = async (): Promise<{ readonly before: Counts; readonly after: Counts }> => {
      await send(worker, makeBodies(worker, 1, METERED, { at: hour, quantity: 50_000 }), 1)
      const before = await worker.counts()
      hour += HOUR_MS
      await worker.step(hour)
      return { before, after: await worker.counts() }
    }
    // The first hour opens Ledgers and tables.
    await meterHour()
    const sent = aws.records()
    const hours: Row[] = []
    for (let at = 0; at < HOURS; at += 1) {
      const { before, after } = await meterHour()
      hours.push(rowOf('records', 'records, from the frozen hour to the receipt', before, after, METERED))
    }
    const made = aws.records() - sent
    if (made !== HOURS * METERED) throw new Error(`${made} records reached AWS, not ${HOURS * METERED}`)
    return meanOf(hours)
  } finally {
    await worker.stop()
    aws.stop()
  }
}

/** Minutes of cron with nobody subscribed, an hourly comparison with AWS among them. */
async function idleRow(): Promise<Row> {
  const aws = await startAws()
  const vars = {
    METRICS_NAMESPACE: METRICS.namespace,
    USAGE_QUEUE_URL: 'http://127.0.0.1:9/111122223333/tollgate-usage',
  }
  const worker = await startWorker(0, { counting: true, entry: 'index.dev.ts', aws: aws.url, vars })
  try {
    let now = await worker.step(nextHour(hourOf(Date.now())))
    const before = await worker.counts()
    for (let minute = 0; minute < IDLE_MINUTES; minute += 1) now = await worker.step(now + MINUTE_MS)
    return rowOf('idle', 'minutes with nothing to do', before, await worker.counts(), IDLE_MINUTES)
  } finally {
    await worker.stop()
    aws.stop()
  }
}

/** Of what the plan includes, in a month of such minutes. */
function sharesOf(row: Row): number[] {
  const month = MINUTES_A_MONTH / 1e6
  return [
    (row.workerRequests * month) / INCLUDED.workerRequests,
    (row.objectRequests * month) / INCLUDED.objectRequests,
    (row.written * month) / INCLUDED.rowsWritten,
    (row.read * month) / INCLUDED.rowsRead,
  ]
}

function rowOf(id: string, what: string, before: Counts, after: Counts, made: number): Row {
  const million = (count: (counts: Counts) => number): number => ((count(after) - count(before)) * 1e6) / made
  return {
    id,
    what,
    written: million((c) => c.rowsWritten.ledger + c.rowsWritten.submitter + c.alarms + c.d1.written),
    read: million((c) => c.rowsRead.ledger + c.rowsRead.submitter + c.d1.read),
    workerRequests: million((c) => c.requests.worker),
    objectRequests: million((c) => c.requests.object),
  }
}

/** Rows of equally many, as one. */
function meanOf(parts: readonly Row[]): Row {
  const [first] = parts
  if (first === undefined) throw new Error('nothing was counted')
  const mean = (of: (row: Row) => number): number =>
    parts.reduce((sum, row) => sum + of(row), 0) / parts.length
  return {
    ...first,
    written: mean((row) => row.written),
    read: mean((row) => row.read),
    workerRequests: mean((row) => row.workerRequests),
    objectRequests: mean((row) => row.objectRequests),
  }
}

function dollarsOf(row: Row): number {
  return (
    (row.written * PRICES.rowsWritten +
      row.read * PRICES.rowsRead +
      row.workerRequests * PRICES.workerRequests +
      row.objectRequests * PRICES.objectRequests) /
    1e6
  )
}

function money(dollars: number): string {
  return `$${dollars.toFixed(dollars < 0.1 ? 4 : 2)}`
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** docs/cost.md down to the idle stack: nothing in it is written by hand. */
function pageOf(all: readonly Row[], idle: Row): string {
  const percent = (part: number | undefined): string => `${((part ?? 0) * 100).toFixed(1)} %`
  const [requests, objects, written, read] = sharesOf(idle).map(percent)
  const line = (row: Row): string =>
    `| ${row.what} | ${count(row.written)} | ${count(row.read)} | ${count(row.workerRequests)} | ${count(row.objectRequests)} | ${money(dollarsOf(row))} |`
  return `# What running Tollgate costs

Computed by \`node test/bench/cost.ts --write\` from what a run in workerd counted: nothing here is estimated. Each line is
for a million; dollars are Cloudflare's for Workers Paid beyond what it includes ($${PRICES.rowsWritten} a million rows written, $${PRICES.rowsRead} a million
rows read, $${PRICES.workerRequests} and $${PRICES.objectRequests} a million requests to the Worker and to objects). A set alarm is a row written.

| a million | rows written | rows read | requests | calls of objects | costs |
| --- | ---: | ---: | ---: | ---: | ---: |
${all.map(line).join('\n')}

- **Send in numbered batches** where you can: the client in \`client/\` does. A batch then costs the same however many events
  are in it, and an event of a full batch costs a thousandth of one that comes alone.
- **Ids cost a row each**, for each is kept 35 days to be told from a repetition.
- A subscription without usage costs nothing: its object sleeps. One with a gauge above zero wakes once an hour.
- A minute in which there is nothing to do still asks AWS and looks around: a month of them takes ${requests} of the requests,
  ${objects} of the calls of objects, ${written} of the rows written and ${read} of the rows read that the plan includes.
- The line of records is the dearest case: a subscription of one dimension, which wakes, offers and is answered for one record
  an hour. A second dimension shares its alarms, its calls and its row in the directory.
- Not counted: CPU time and the time an object is awake, which depend on the machine; the plan itself ($5 a month); storage: a
  record, its line and its receipt are kept for ever. AWS does not charge for metering calls.
`
}

/** AWS's place: answers every record of a BatchMeterUsage with a receipt, and every other call with nothing new. */
async function startAws(): Promise<{ readonly url: string; records(): number; stop(): void }> {
  let taken = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      // Metrics come as a form.
      const body = (text.startsWith('{') ? JSON.parse(text) : {}) as { UsageRecords?: readonly object[] }
      const Results = (body.UsageRecords ?? []).map((UsageRecord) => {
        taken += 1
        return { UsageRecord, MeteringRecordId: `receipt-${taken}`, Status: 'Success' }
      })
      response.setHeader('content-type', 'application/x-amz-json-1.1')
      response.end(JSON.stringify(body.UsageRecords === undefined ? {} : { Results, UnprocessedRecords: [] }))
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, records: () => taken, stop: () => void server.close() }
}
