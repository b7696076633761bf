/** A Ledger that was set back is compared with the Submitter before anything goes on (money §9 `restore-check`). Pure. */
import type { History, ShownRecord, SubscriptionHistory } from '../history.ts'
import { iso } from './calendar.ts'
import type { Discrepancy } from './finding.ts'

export function judgeRestores(
  { endedAt }: History,
  { restores = [], shown }: SubscriptionHistory,
): Discrepancy[] {
  return restores.flatMap(({ at, checkedAt, doneAt, adopted, corrected }): Discrepancy[] => {
    const subject = `set back at ${iso(at)}`
    const known = new Set([...adopted, ...corrected])
    const frozen = shown.records.filter(
      ({ key, frozenAt }) => !known.has(key) && frozenAt > checkedAt && frozenAt < (doneAt ?? endedAt),
    )
    return [
      ...(doneAt === null
        ? [
            {
              rule: 'A restore is compared to its end (money §9)',
              subject,
              expected: 'compared',
              found: 'open',
            },
          ]
        : []),
      ...frozen.map(({ dimension, hour, frozenAt }) => ({
        rule: 'Nothing freezes until a restore is compared (money §9)',
        subject,
        expected: 'nothing frozen',
        found: `${dimension} ${iso(hour)} at ${iso(frozenAt)}`,
      })),
    ]
  })
}

/** It froze before a restore, knowing what is forgotten since: the Ledger has it from the Submitter, and froze it no second time. */
export const isRestored = ({ restores = [] }: SubscriptionHistory, { key }: ShownRecord): boolean =>
  restores.some(({ adopted, corrected }) => adopted.includes(key) || corrected.includes(key))
