/** How `npm run deploy` ends: its exit codes and the sentence a failure is told with. Nothing else. */

/** Part of the command's promise (docs/deploy.md); scripts depend on it. */
export const EXIT = {
  done: 0,
  /** Nothing was changed: money or another deployment would suffer, or a person has to say more. */
  refused: 1,
  /** The command line, the stack's outputs, a file of the repository or a tool on this machine. */
  usage: 2,
  /** It ended before a new version took requests: the same command again, when what the sentence names is repaired. */
  stopped: 3,
  /** Cloudflare takes the token not, or not for this. */
  token: 4,
  /** A new version took requests, was not well, and the one before it took its place again. */
  rolledBack: 5,
  /** A version that is not well takes requests, and there is none to go back to. */
  unhealthy: 6,
  /** Ended by a signal. */
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Why it ended early: what happened, whose move it is, what to do. Never holds a secret. */
export interface Failure {
  readonly exit: ExitCode
  readonly sentence: string
}

export const failure = (exit: ExitCode, sentence: string): Failure => ({ exit, sentence })
