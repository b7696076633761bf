/** The seams between the simulator's server and what hangs on it: the marketplace as its doors see it, and a door. */
import type { Answers, CommandKind, CommandOf } from './marketplace/commands.ts'
import type { State } from './marketplace/model.ts'

/** The one marketplace of this process. */
export interface Marketplace {
  /** To look at, never to change: `run` is the only way to change it. */
  readonly state: Readonly<State>
  /** Carries the command out at the present business and wall time, and answers once the change is on disk. */
  run<K extends CommandKind>(command: CommandOf<K>): Promise<Answers[K]>
  /** Calls back after each change of the state, until the function it answers is called. */
  onChange(listen: () => void): () => void
}

/** A door beside AWS's own: the storefront, the control API. `undefined`: this request is not for it. */
export type Door = (request: Request) => Promise<Response | undefined> | Response | undefined
