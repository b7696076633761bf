/** What was sent to AWS: one quantity a key for ever, one token a record, nobody else's hour, no hour too early (money §11). Pure. */
import type { MeterCall, TaskHistory } from '../history.ts'
import { type Discrepancy, HOUR_MS, keyOf, timeOf } from './finding.ts'

const FIXED = 'A record’s quantity has one value for ever (money §12)'
const TOKEN = 'A ClientToken names one record (money §11, retries)'
const OWN = 'A task reports its own hours (money §11)'
const CLOSED = 'An hour is reported when it is over, or at SIGTERM (money §5, §11)'
const BILLED = 'What is shown as billed is at AWS, with its quantity (money §8)'
const SHOWN = 'What AWS holds is shown as billed, or as in doubt, with its quantity (money §12)'

const hourOf = (ms: number): number => Math.floor(ms / HOUR_MS) * HOUR_MS
const keyOfCall = (call: MeterCall): string => keyOf({ ...call, hour: hourOf(call.timestamp) })

export const judgeAws = (history: TaskHistory): Discrepancy[] => [
  ...judgeCalls(history),
  ...judgeTasks(history),
  ...judgeShown(history),
  ...judgeBilled(history),
]

function judgeCalls({ aws }: TaskHistory): Discrepancy[] {
  const quantities = new Map<string, number>()
  const tokens = new Map<string, string>()
  const named = new Map<string, string>()
  const found: Discrepancy[] = []
  for (const call of aws.calls) {
    const key = keyOfCall(call)
    // Of one ledger: one that begins anew in its task's hour does not know what was sent, and AWS refuses the second.
    const own = `${call.file} ${key}`
    const quantity = quantities.get(own) ?? call.quantity
    quantities.set(own, quantity)
    if (quantity !== call.quantity)
      found.push({ rule: FIXED, subject: key, expected: String(quantity), found: String(call.quantity) })
    const record = `${key} ${call.quantity}`
    const token = tokens.get(record) ?? call.token
    tokens.set(record, token)
    if (token !== call.token) found.push({ rule: TOKEN, subject: record, expected: token, found: call.token })
    const of = named.get(call.token) ?? record
    named.set(call.token, of)
    if (of !== record) found.push({ rule: TOKEN, subject: call.token, expected: of, found: record })
  }
  return found
}

function judgeTasks({ aws, processes, clocksAgree }: TaskHistory): Discrepancy[] {
  return aws.calls.flatMap((call) => {
    const hour = hourOf(call.timestamp)
    const lives = processes.filter(({ file, task }) => file === call.file && task === call.task)
    const from = Math.min(...lives.map(({ startedAt }) => startedAt))
    const key = keyOfCall(call)
    if (hourOf(from) > hour)
      return [
        { rule: OWN, subject: key, expected: `an hour from ${timeOf(hourOf(from))} on`, found: timeOf(hour) },
      ]
    const stopping = lives.some(({ stoppedAt }) => stoppedAt !== null && stoppedAt <= call.at)
    return clocksAgree && !stopping && call.at < hour + HOUR_MS
      ? [
          {
            rule: CLOSED,
            subject: key,
            expected: `a call from ${timeOf(hour + HOUR_MS)} on`,
            found: timeOf(call.at),
          },
        ]
      : []
  })
}

/** By whom a record is shown, whatever became of its task. */
function judgeShown({ aws, ledgers }: TaskHistory): Discrepancy[] {
  const shown = new Map<string, string[]>()
  const show = (key: string, how: string): void => {
    shown.set(key, [...(shown.get(key) ?? []), how])
  }
  for (const { fate, records, adopted } of ledgers) {
    if (fate === 'copy') continue
    for (const record of records) {
      const { state, quantity, unanswered } = record
      if (state === 'billed') show(keyOf(record), `${quantity} billed`)
      else if (fate !== 'claimed' && (state === 'doubtful' || (state === 'waiting' && unanswered)))
        show(keyOf(record), `${quantity} in doubt`)
    }
    for (const record of adopted.flatMap(({ held }) => held))
      show(keyOf(record), `${record.quantity} in doubt`)
  }
  return aws.records.flatMap((record) => {
    const ways = [...new Set(shown.get(keyOf(record)))]
    // What another program wrote says nothing of ours: AWS takes an equal one of ours for the same.
    const good =
      record.stranger ||
      ways.filter((way) => way === `${record.quantity} billed` || way === `${record.quantity} in doubt`)
        .length === 1
    return good
      ? []
      : [
          {
            rule: SHOWN,
            subject: keyOf(record),
            expected: `${record.quantity} billed or in doubt`,
            found: ways.join(', ') || 'nothing',
          },
        ]
  })
}

function judgeBilled({ aws, ledgers }: TaskHistory): Discrepancy[] {
  const held = new Map(aws.records.map((record) => [keyOf(record), record.quantity]))
  return ledgers
    .filter(({ fate }) => fate !== 'copy')
    .flatMap(({ records }) => records)
    .filter((record) => record.state === 'billed' && held.get(keyOf(record)) !== record.quantity)
    .map((record) => ({
      rule: BILLED,
      subject: keyOf(record),
      expected: String(record.quantity),
      found: String(held.get(keyOf(record)) ?? 'nothing'),
    }))
}
