/** Results on their way from the Submitter to their Ledgers (money §7 (4)): each until it is acknowledged. */
import type { Settlement } from '../../shared/submission/record.ts'
import type { Submission } from '../../shared/submission/submission.ts'
import { messageOf } from '../log.ts'
import { eachOver, type Connections } from './connections.ts'
import type { SubmitterHome } from './ports.ts'

/** Ledgers asked in one round, and rounds in one run. */
const SETTLE_MAX = 60
const ROUNDS_MAX = 50

export interface Settler {
  /** Brings one round of results to their Ledgers. False: there was none. */
  settle(connections: Connections, now: () => number): Promise<boolean>
  /** Rounds until there is nothing to bring, or the run's share is used up. */
  settleAll(connections: Connections, now: () => number): Promise<void>
  /** Says once what has come to an end that a person must look at: for each reason how many. */
  tellEnded(): void
}

export function openSettler(home: SubmitterHome, engine: Submission): Settler {
  /** State and reason of records that AWS did not take, with their keys; since it was last said. */
  const ended = new Map<string, Set<string>>()

  /** Only what the Ledger acknowledges is confirmed; a call that is lost on either way is made again. */
  async function settleOne(
    subscription: string,
    results: readonly Settlement[],
    now: () => number,
  ): Promise<void> {
    try {
      const acknowledged = await home.ledger(subscription).settle(results)
      engine.confirmed(subscription, acknowledged)
      for (const { key, state, reason } of results) {
        if (state !== 'parked' && state !== 'doubtful') continue
        const subject = `${state}:${reason ?? 'unknown'}`
        ended.set(subject, (ended.get(subject) ?? new Set()).add(key))
      }
      if (acknowledged.length < results.length) throw new Error('the Ledger did not acknowledge every result')
    } catch (thrown) {
      engine.delayed(subscription, now())
      home.log('error', 'settle_failed', { subscription, error: messageOf(thrown) })
    }
  }

  async function settle(connections: Connections, now: () => number): Promise<boolean> {
    const unsettled = [...engine.unsettled(SETTLE_MAX, now())]
    await eachOver(connections, unsettled, ([subscription, results]) => settleOne(subscription, results, now))
    return unsettled.length > 0
  }

  return {
    settle,
    async settleAll(connections, now) {
      for (let round = 0; round < ROUNDS_MAX && (await settle(connections, now)); round++);
    },
    tellEnded() {
      for (const [subject, keys] of ended)
        home.log('error', 'metering_alarm', {
          subject,
          message: `${keys.size === 1 ? '1 record has' : `${keys.size} records have`} ended as ${subject.replace(':', ', ')}, the first ${[...keys][0]}. Nothing is sent for them any more; an operator has to look at what waits (npm run ledger -- parked).`,
        })
      ended.clear()
    },
  }
}
