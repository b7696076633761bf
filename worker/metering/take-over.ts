/** A Ledger's half of taking over its predecessor's month (money §4 *Successor*): ask, be answered, go on. No rules of its own. */
import type { Ledger } from '../../shared/ledger/ledger.ts'
import type { Ask, HandOver } from '../../shared/ledger/successor.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { Log } from './ports.ts'

/** What a Ledger asks of its predecessor's. The call may be lost before or after it ran: it throws, and is made again. */
export interface GiveCalls {
  giveMonth(successor: SubscriptionId, ask: Omit<Ask, 'predecessor'>): Promise<HandOver>
}

/** Answers taken in one run: 20 000 keys each. The next run asks on. */
const PAGES_MAX = 20

/** Asks until all is taken over, or the predecessor cannot say yet. Throws when it cannot be reached. */
export async function takeOverMonth(
  ledger: Ledger,
  named: (subscription: SubscriptionId) => GiveCalls,
  own: SubscriptionId,
  log: Log,
  now: () => number,
): Promise<void> {
  for (let page = 0; page < PAGES_MAX; page++) {
    const ask = ledger.asks(now())
    if (ask === null) return
    const { predecessor, month, after } = ask
    const answer = await named(predecessor).giveMonth(own, { month, after })
    // Dying before this line asks for the same page again, and is given the same.
    ledger.takeOver(ask, answer, now())
    if (answer.kind === 'not-yet') {
      log('warn', 'predecessor_not_yet', { subscription: own, predecessor, why: answer.why })
      return
    }
  }
}
