/** What worlds draw beside what every world has. False: not yet drawn, for the oracle cannot judge it. */
export const DRAWN = {
  /** A license that renews or replaces another, with a Ledger of its own (money §4 *Successor*). */
  successors: false,
  /** A trial's own terms, its conversion to a new license, days of grace (money §4 *Trial*). */
  trials: false,
  /** Included amounts taken from a contract, unknown for a while (money §3). */
  amounts: false,
  /** Usage far above what was before, and a person who looks at it (money §5 *Spikes*). */
  spikes: false,
  /** A Ledger set back to an earlier time, and the check after it (money §9). */
  restores: false,
}
