/** What is left at the end, and whether there was a reason for it (money §11, §12). Pure. */
import type { LedgerShown, ProcessLife, TaskHistory } from '../history.ts'
import { type Discrepancy, HOUR_MS, keyOf, sum, timeOf, UNIT, units } from './finding.ts'

const RESTS = 'What a living task can report is reported in the end (money §11)'
const CALM = 'Where nothing goes wrong everything is billed (money §11)'
const DOUBT = 'A record is in doubt only where a call went unanswered or a process died (money §8)'
const LATE = 'A record expires only where something kept it from AWS for hours (money §9)'
const LEFT = 'What close says is left is what is left (money §11)'
const HOLDS = 'The ledger’s own invariants hold (money §12)'
const TOLD = 'The status says what the file holds (design §7)'

export const judgeEnds = (history: TaskHistory): Discrepancy[] =>
  history.ledgers
    .filter(({ fate }) => fate !== 'copy')
    .flatMap((ledger) => [
      ...ledger.findings.map((found) => ({
        rule: HOLDS,
        subject: ledger.file,
        expected: 'nothing broken',
        found,
      })),
      ...ledger.untold.map((found) => ({ rule: TOLD, subject: ledger.file, expected: 'the same', found })),
      ...(ledger.fate === 'running' ? judgeRest(history, ledger) : []),
      ...judgeReasons(history, ledger),
    ])
    .concat(
      history.processes.flatMap((life) => judgeLeft(life)),
      judgeCalm(history),
    )

/** It ran on for hours in which nothing was wrong. */
function judgeRest(history: TaskHistory, ledger: LedgerShown): Discrepancy[] {
  const waiting = ledger.records.filter(({ state }) => state === 'waiting')
  return [
    ...waiting.map((record) => ({
      rule: RESTS,
      subject: keyOf(record),
      expected: 'an end',
      found: 'waiting',
    })),
    ...history.dimensions.flatMap((dimension) => {
      const open = ledger.open[dimension] ?? 0
      return open < UNIT
        ? []
        : [
            {
              rule: RESTS,
              subject: `${dimension} of ${ledger.file}`,
              expected: 'less than a unit open',
              found: units(open),
            },
          ]
    }),
  ]
}

function judgeReasons(history: TaskHistory, ledger: LedgerShown): Discrepancy[] {
  const died =
    history.disksFailed || history.processes.some(({ file, end }) => file === ledger.file && end === 'killed')
  const unanswered = new Set(
    history.aws.calls
      .filter(({ answer }) => answer === null)
      .map((call) => keyOf({ ...call, hour: Math.floor(call.timestamp / HOUR_MS) * HOUR_MS })),
  )
  return ledger.records.flatMap((record) => {
    if (record.state === 'doubtful' && !died && !unanswered.has(keyOf(record)))
      return [
        {
          rule: DOUBT,
          subject: keyOf(record),
          expected: 'no doubt',
          found: `doubtful, ${record.reason ?? ''}`,
        },
      ]
    if (
      (record.state === 'expired' || record.state === 'moved') &&
      record.reason === null &&
      troubled(history, ledger.file, record.hour) < 2 * HOUR_MS
    )
      return [{ rule: LATE, subject: keyOf(record), expected: 'sent in time', found: record.state }]
    return []
  })
}

/** For how much of the hours after `hour` something stood between a file and AWS, or nobody ran it. */
function troubled(history: TaskHistory, file: string, hour: number): number {
  const from = hour
  const until = hour + 7 * HOUR_MS
  const lives = history.processes
    .filter((life) => life.file === file)
    .sort((a, b) => a.startedAt - b.startedAt)
  const gaps = lives.map((life, i) => ({
    from: life.endedAt ?? Number.POSITIVE_INFINITY,
    until: lives[i + 1]?.startedAt ?? Number.POSITIVE_INFINITY,
  }))
  return sum(
    [...history.troubles, ...gaps].map((one) =>
      Math.max(0, Math.min(until, one.until) - Math.max(from, one.from)),
    ),
  )
}

function judgeLeft({ file, endedAt, left, leftInFile }: ProcessLife): Discrepancy[] {
  if (left === null || leftInFile === null) return []
  return [...new Set([...Object.keys(left), ...Object.keys(leftInFile)])].flatMap((dimension) => {
    const said = left[dimension] ?? 0
    const is = Math.floor((leftInFile[dimension] ?? 0) / UNIT) * UNIT
    return Math.floor(said / UNIT) * UNIT === is
      ? []
      : [
          {
            rule: LEFT,
            subject: `${dimension} of ${file} at ${timeOf(endedAt ?? 0)}`,
            expected: units(is),
            found: units(said),
          },
        ]
  })
}

function judgeCalm(history: TaskHistory): Discrepancy[] {
  if (!history.calm) return []
  return [
    ...history.usage
      .filter(({ told }) => told === 'refused')
      .map((one) => ({
        rule: CALM,
        subject: `${one.dimension} of ${one.file}, ${timeOf(one.time)}`,
        expected: 'counted',
        found: 'refused',
      })),
    ...history.ledgers
      .filter(({ fate }) => fate !== 'copy' && fate !== 'claimed' && fate !== 'destroyed')
      .flatMap((ledger) => [
        ...ledger.records
          .filter(({ state }) => state !== 'billed')
          .map((record) => ({
            rule: CALM,
            subject: keyOf(record),
            expected: 'billed',
            found: `${record.state} ${record.reason ?? ''}`,
          })),
        ...ledger.adopted.flatMap(({ held }) =>
          held.map((record) => ({ rule: CALM, subject: keyOf(record), expected: 'billed', found: 'held' })),
        ),
      ]),
  ]
}
