/** What the container's loop drives: anything with work of its own at times of business time. Types only. */

export interface Part {
  /** For the log and the clock's routes: `meter`, `license`. */
  readonly name: string
  /** The next instant of business time at which `runDue` has something to do; null: nothing is due before it is told so. */
  nextWake(): number | null
  /**
   * Does what is due at `now` and answers what it did, a sentence each; empty: nothing. Idempotent. Never throws for what
   * AWS, the disk or the network do: it tries again at its next wake.
   */
  runDue(now: number): Promise<readonly string[]>
  /**
   * Looks at what no business time announces: what a task that died left on the volume. Once a minute of wall time, and at
   * each step of a moved clock; answers as `runDue` does, and never throws either.
   */
  look?(): Promise<readonly string[]>
}
