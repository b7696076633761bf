/** Whether each client was told the truth: counted, duplicate, conflict, too old, or why it was refused (money §1). Pure. */
import type { SubscriptionHistory, Told } from '../history.ts'
import { iso } from './calendar.ts'
import type { Discrepancy } from './finding.ts'
import type { Intake } from './intake.ts'
import { isForgotten } from './told.ts'

/** An answer must be right for one of the times its call ran; `again` is right when the call never ran, or its word was lost. */
export function judgeAnswers(history: SubscriptionHistory, { verdicts }: Intake): Discrepancy[] {
  const right = new Map<number, readonly (readonly string[])[][]>()
  for (const { call, words } of verdicts) right.set(call, [...(right.get(call) ?? []), [...words]])
  return history.calls.flatMap((call, index) =>
    (call.answers ?? []).flatMap((told, i): Discrepancy[] => {
      const word = wordOf(told)
      // What it answered before it was set back was true then.
      if (word === 'again' || call.ranAt.some((at) => isForgotten(history, at))) return []
      const runs = right.get(index) ?? []
      const words = [...new Set(runs.flatMap((run) => run[i] ?? []))]
      const event = call.events[i]
      if (words.includes(word) || event === undefined) return []
      return [
        {
          rule: 'Each event is answered as it was taken (money §1)',
          subject: `${event.source} ${event.id} of ${iso(event.time)} sent at ${iso(call.sentAt)}`,
          expected: words.length === 0 ? 'no answer: it never reached the Ledger' : words.join(' or '),
          found: word,
        },
      ]
    }),
  )
}

const wordOf = (told: Told): string => (told.result === 'refused' ? told.code : told.result)
