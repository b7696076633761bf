/** How `npm run ledger` ends: exit codes and the sentence a failure is told with. Nothing else. */

/** Part of the command's promise (docs/operate.md); scripts depend on it. */
export const EXIT = {
  done: 0,
  /** Refused, or an invariant is broken: a person has to look. */
  refused: 1,
  /** The command line is wrong; nothing was asked. */
  usage: 2,
  /** Nobody answered, or not all of them: the same command again. */
  unreachable: 3,
  /** There is no key, or it is not the deployment's. */
  key: 4,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Why a command ended early. The sentence says what happened, whose move it is and what to do. */
export interface Failure {
  readonly exit: ExitCode
  readonly sentence: string
  /** The service's own answer, for `--json`. */
  readonly problem?: object
}

export const failure = (exit: ExitCode, sentence: string): Failure => ({ exit, sentence })
