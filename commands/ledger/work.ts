/** What every command is given to work with, and what it answers. Types only. */
import type { Result } from '../../shared/result.ts'
import type { ExitCode, Failure } from './exit.ts'
import type { Given } from './given.ts'
import type { Target } from './target.ts'

export interface Work {
  readonly target: Target
  readonly given: Given
  /** A line for standard output: what was asked for. */
  readonly print: (line: string) => void
  /** A line for standard error: what a person may want to know beside it. */
  readonly note: (line: string) => void
  /** Who acts when --who does not say. */
  readonly user: () => string
  /** An id for an act. */
  readonly newId: () => string
}

export type Outcome = Promise<Result<ExitCode, Failure>>
export type Command = (work: Work) => Outcome
