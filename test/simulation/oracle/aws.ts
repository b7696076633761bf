/**
 * What must hold of AWS's bill and of the calls that reached it, whoever wrote them (money §7, §10, §12): one record for
 * an hour, one value for ever, one kind of identity, nothing AWS has that nobody shows, nothing shown as billed that it
 * has not. Pure.
 */
import type { AwsRecord, History, ShownRecord } from '../history.ts'
import { hourOf, iso } from './calendar.ts'
import type { Discrepancy } from './finding.ts'

export function judgeAws(history: History): Discrepancy[] {
  return [
    ...oneRecordAnHour(history),
    ...oneKindAnHour(history),
    ...oneValueForEver(history),
    ...billedIsShown(history),
    ...shownIsBilled(history),
  ]
}

const named = (of: string, dimension: string, hour: number): string => `${of} ${dimension} ${iso(hour)}`

function oneRecordAnHour({ aws }: History): Discrepancy[] {
  const seen = new Map<string, number>()
  for (const { region, of, account, dimension, hour } of aws.bill) {
    const key = JSON.stringify([region, of, account, dimension, hour])
    seen.set(key, (seen.get(key) ?? 0) + 1)
  }
  return [...seen].flatMap(([key, count]) =>
    count === 1
      ? []
      : [
          {
            rule: 'AWS has at most one record for an identity, dimension and hour (money §12)',
            subject: key,
            expected: '1',
            found: String(count),
          },
        ],
  )
}

/** Product code and license for one account in one hour is what AWS forbids (money §10), also by two subscriptions. */
function oneKindAnHour({ aws }: History): Discrepancy[] {
  const kinds = new Map<string, Set<string>>()
  for (const { account, hour, kind, by } of aws.bill) {
    if (by !== 'us') continue
    const key = `${account} ${iso(hour)}`
    kinds.set(key, (kinds.get(key) ?? new Set()).add(kind))
  }
  return [...kinds].flatMap(([subject, found]) =>
    found.size === 1
      ? []
      : [
          {
            rule: 'No product, account and hour has two kinds of identity (money §10)',
            subject,
            expected: 'one kind',
            found: [...found].sort().join(' and '),
          },
        ],
  )
}

function oneValueForEver({ aws }: History): Discrepancy[] {
  const values = new Map<string, Set<string>>()
  for (const { region, records } of aws.calls) {
    for (const { of, who, dimension, timestamp, quantity } of records) {
      const key = JSON.stringify([region, of, who, dimension, iso(hourOf(timestamp))])
      values.set(key, (values.get(key) ?? new Set()).add(`${quantity} at ${timestamp}`))
    }
  }
  return [...values].flatMap(([subject, found]) =>
    found.size === 1
      ? []
      : [
          {
            rule: 'A quantity has one value for ever (money §12)',
            subject,
            expected: 'one quantity and timestamp, however often it is sent',
            found: [...found].join(', '),
          },
        ],
  )
}

const sameRecord = (record: AwsRecord, shown: ShownRecord): boolean =>
  record.of === shown.of && record.dimension === shown.dimension && record.hour === shown.hour

function billedIsShown({ aws, subscriptions }: History): Discrepancy[] {
  const shown = indexed(subscriptions.flatMap((each) => each.shown.records))
  return aws.bill.flatMap((record): Discrepancy[] => {
    if (record.by !== 'us') return []
    const own = (shown.get(keyOf(record)) ?? []).find((each) => sameRecord(record, each))
    const subject = named(record.of, record.dimension, record.hour)
    if (own === undefined)
      return [
        {
          rule: 'What AWS bills is a record of ours (money §12)',
          subject,
          expected: 'a record',
          found: `${record.quantity} at AWS and no record`,
        },
      ]
    if (own.quantity !== record.quantity)
      return [
        {
          rule: 'AWS bills the quantity that was frozen (money §5)',
          subject,
          expected: String(own.quantity),
          found: String(record.quantity),
        },
      ]
    return MAY_BE_THERE.has(own.state) || (own.state === 'written off' && own.reason !== null)
      ? []
      : [
          {
            rule: 'A record at AWS is not called unbilled (money §8)',
            subject,
            expected: [...MAY_BE_THERE].join(', '),
            found: own.reason === null ? own.state : `${own.state}: ${own.reason}`,
          },
        ]
  })
}

const MAY_BE_THERE: ReadonlySet<string> = new Set(['waiting', 'billed', 'doubtful'])

function shownIsBilled({ aws, subscriptions }: History): Discrepancy[] {
  const bill = indexed(aws.bill.filter((record) => record.by === 'us'))
  return subscriptions.flatMap(({ shown }) =>
    shown.records.flatMap((record): Discrepancy[] => {
      if (record.state !== 'billed') return []
      const there = (bill.get(keyOf(record)) ?? []).some((each) => sameRecord(each, record))
      return there
        ? []
        : [
            {
              rule: 'What is shown as billed is on the bill of AWS (money §8)',
              subject: named(record.of, record.dimension, record.hour),
              expected: String(record.quantity),
              found: 'no record at AWS',
            },
          ]
    }),
  )
}

const keyOf = (record: { readonly of: string; readonly hour: number }): string =>
  `${record.of} ${record.hour}`

function indexed<T extends { readonly of: string; readonly hour: number }>(
  records: readonly T[],
): Map<string, T[]> {
  const index = new Map<string, T[]>()
  for (const record of records) {
    const key = keyOf(record)
    index.set(key, [...(index.get(key) ?? []), record])
  }
  return index
}
