/** What time does to personal data: ended subscriptions are erased after the days the config states, links after one. */
import { DAY_MS } from '../../shared/hour.ts'
import { note } from '../audit/audited.ts'
import { eraseStatements, subscriptionsToErase, sweepOutbox } from '../db/personal.ts'
import { sweepSignIns } from '../db/sign-ins.ts'
import type { Edge } from '../env.ts'

/** Erases what is due; each is in the audit log first. Answers what it did. */
export async function sweepPeople(edge: Edge): Promise<readonly string[]> {
  const { settings, seller, clocks } = edge
  const { db } = settings
  const now = clocks.business()
  await sweepSignIns(db, clocks.wall())
  await sweepOutbox(db, now)
  const due = await subscriptionsToErase(db, now - seller.keepEndedDays * DAY_MS)
  const erased: string[] = []
  for (const id of due) {
    const why = `${seller.keepEndedDays} days after its end`
    const act = { kind: 'erase', who: 'the clock', why, subject: id } as const
    const noted = await note(edge, act)
    if (!noted.ok) break
    await db.batch([...eraseStatements(db, [id], now)])
    erased.push(`erased the people of ${id}`)
  }
  return erased
}
