/** What the doctor says of one thing: well, wrong and what to do about it, or not looked at and why. Pure. */
import { err, type Result } from '../../shared/result.ts'

export type Area = 'config' | 'aws' | 'cloudflare' | 'outside'

/** Who has to act. `yours` is the seller. */
export type Mover = 'yours' | 'AWS’s' | 'Cloudflare’s'

export interface Check {
  readonly area: Area
  /** The same for one thing at every run: scripts look for it. */
  readonly name: string
  /** `unseen`: it could not be looked at, which says nothing about it. */
  readonly state: 'ok' | 'wrong' | 'unseen'
  /** What was found, or why nothing was; never a secret. */
  readonly found: string
  /** Null: all is well. */
  readonly remedy: { readonly whose: Mover; readonly what: string } | null
}

/** Why something could not be looked at, and what lets it be. */
export interface Unseen {
  readonly why: string
  /** The seller's move. */
  readonly remedy: string
}

/** A fact that was fetched, or why it was not. */
export type Seen<T> = Result<T, Unseen>

/** A fact that could not be fetched. */
export const unseen = (why: string, remedy: string): Result<never, Unseen> => err({ why, remedy })

/** The checks of one area: what each says of a name. */
export interface Says {
  readonly ok: (name: string, found: string) => Check
  readonly wrong: (name: string, found: string, what: string, whose?: Mover) => Check
  readonly unseen: (name: string, of: Unseen) => Check
}

export const sayOf = (area: Area): Says => ({
  ok: (name, found) => ({ area, name, state: 'ok', found, remedy: null }),
  wrong: (name, found, what, whose = 'yours') => ({
    area,
    name,
    state: 'wrong',
    found,
    remedy: { whose, what },
  }),
  unseen: (name, { why, remedy }) => ({
    area,
    name,
    state: 'unseen',
    found: why,
    remedy: { whose: 'yours', what: remedy },
  }),
})

/** Part of the command's promise: 0 all well, 1 something is wrong, 2 the command line, 3 not all could be looked at. */
export type ExitCode = 0 | 1 | 2 | 3

export function exitOf(checks: readonly Check[]): ExitCode {
  if (checks.some(({ state }) => state === 'wrong')) return 1
  return checks.some(({ state }) => state === 'unseen') ? 3 : 0
}
