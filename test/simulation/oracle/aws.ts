/**
 * What must hold of AWS's bill and of the calls that reached it, whoever wrote them (money §7, §10, §12): one record for
 * an hour, one value for ever, one kind of identity, nothing AWS has that nobody shows, nothing shown as billed that it
 * has not. Pure.
 */
import type { History, ShownRecord, SubscriptionHistory } from '../history.ts'
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

/** A record of ours and whose it is. */
interface Owned {
  readonly account: string
  readonly record: ShownRecord
}

/** License or product code, account, dimension and hour: what AWS keeps one record for. */
const keyOf = (of: string, account: string, dimension: string, hour: number): string =>
  JSON.stringify([of, account, dimension, hour])

function ownedBy(subscriptions: readonly SubscriptionHistory[]): Map<string, Owned> {
  return new Map(
    subscriptions.flatMap(({ account, shown }) =>
      shown.records.map((record) => [
        keyOf(record.of, account, record.dimension, record.hour),
        { account, record },
      ]),
    ),
  )
}

/** States in which AWS may have the record. */
const MAY_BE_THERE: ReadonlySet<string> = new Set(['waiting', 'billed', 'doubtful'])

/** Records that a person wrote off while they were doubtful: AWS may have them all the same (money §9). */
function writtenOffInDoubt(subscriptions: readonly SubscriptionHistory[]): Set<string> {
  const acts = subscriptions.flatMap(({ repairs }) => repairs.filter(({ kind }) => kind === 'write off'))
  return new Set(
    acts.flatMap(({ subject, act }) => {
      const { seen } = JSON.parse(act) as { readonly seen?: { readonly state: string } }
      return seen?.state === 'doubtful' ? [subject] : []
    }),
  )
}

function billedIsShown({ aws, subscriptions }: History): Discrepancy[] {
  const owned = ownedBy(subscriptions)
  const doubtful = writtenOffInDoubt(subscriptions)
  return aws.bill.flatMap(({ by, of, account, dimension, hour, quantity }): Discrepancy[] => {
    if (by !== 'us') return []
    const own = owned.get(keyOf(of, account, dimension, hour))?.record
    const subject = named(of, dimension, hour)
    if (own === undefined)
      return [
        {
          rule: 'What AWS bills is a record of ours (money §12)',
          subject,
          expected: 'a record',
          found: `${quantity} at AWS and no record`,
        },
      ]
    if (own.quantity !== quantity)
      return [
        {
          rule: 'AWS bills the quantity that was frozen (money §5)',
          subject,
          expected: String(own.quantity),
          found: String(quantity),
        },
      ]
    return MAY_BE_THERE.has(own.state) || doubtful.has(own.key)
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

function shownIsBilled({ aws, subscriptions }: History): Discrepancy[] {
  const ours = aws.bill.filter(({ by }) => by === 'us')
  const bill = new Set(ours.map(({ of, account, dimension, hour }) => keyOf(of, account, dimension, hour)))
  return [...ownedBy(subscriptions)].flatMap(([key, { record }]) =>
    record.state !== 'billed' || bill.has(key)
      ? []
      : [
          {
            rule: 'What is shown as billed is on the bill of AWS (money §8)',
            subject: named(record.of, record.dimension, record.hour),
            expected: String(record.quantity),
            found: 'no record at AWS',
          },
        ],
  )
}
