/** Waiting, as it is handed in: the container's entries alone know a real timer. Types only. */

/** Resolves after so many ms of wall time; earlier, and without an error, when `signal` is aborted. */
export type Pause = (ms: number, signal?: AbortSignal) => Promise<void>
