/** Time as a value that is handed in. Nothing in `shared` reads a clock of its own. */

/** Answers the present as epoch milliseconds. */
export type Clock = () => number

/**
 * The two clocks (design §9). `business` moves usage hours, deadlines, freezes, trials, token life and backoff;
 * locally it can be moved forward, never back. `wall` moves sessions, signatures, timeouts and caches.
 */
export interface Clocks {
  readonly business: Clock
  readonly wall: Clock
}
