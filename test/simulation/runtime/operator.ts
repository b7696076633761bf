/** The operator of the simulation: looks through what is parked and acts, sometimes on what has changed meanwhile. */

/** The acts that a run has to have seen. */
export const REPAIRS: readonly string[] = []
