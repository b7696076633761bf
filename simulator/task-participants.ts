/** The tasks that move with the clock: each while it runs and has said where its development routes are. */
import { setTimeout } from 'node:timers/promises'
import type { Result } from '../shared/result.ts'
import { ok } from '../shared/result.ts'
import type { Participant, ParticipantFailure } from './clock.ts'
import type { Marketplace } from './host.ts'
import { own } from './marketplace/draft.ts'
import { httpParticipant } from './participant.ts'

/** A process that ends is away before who runs it tells of it. */
const GRACE_MS = 3_000
const LOOK_EVERY_MS = 50

/** Who takes part at this moment; the same task is the same participant until its address changes. */
export function taskParticipants(marketplace: Marketplace, graceMs = GRACE_MS): () => readonly Participant[] {
  const known = new Map<string, Participant>()
  return () =>
    Object.values(marketplace.state.tasks).flatMap(({ id, participant }) => {
      if (participant === null) return []
      const key = `${id} ${participant}`
      const one = known.get(key) ?? taskParticipant(marketplace, id, participant, graceMs)
      known.set(key, one)
      return [one]
    })
}

function taskParticipant(marketplace: Marketplace, id: string, url: string, graceMs: number): Participant {
  const inner = httpParticipant(`the task ${id}`, url)
  const isGone = () => own(marketplace.state.tasks, id)?.participant !== url

  /** What a task that stopped meanwhile would have said: nothing more is due of it. */
  async function unlessGone<T>(
    call: Promise<Result<T, ParticipantFailure>>,
    gone: T,
  ): Promise<Result<T, ParticipantFailure>> {
    const said = await call
    if (said.ok) return said
    for (let waitedMs = 0; waitedMs < graceMs && !isGone(); waitedMs += LOOK_EVERY_MS)
      await setTimeout(LOOK_EVERY_MS)
    return isGone() ? ok(gone) : said
  }

  return {
    name: inner.name,
    setClock: (now) => unlessGone(inner.setClock(now), { next: null }),
    step: (now) => unlessGone(inner.step(now), { did: [], next: null }),
    settled: (before) => unlessGone(inner.settled(before), { settled: true, waiting: [] }),
  }
}
