/** Reading a command's flags and words: what cannot be read is a sentence about it. No I/O. */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'
import { err, ok } from '../shared/result.ts'

/** A flag with a value. */
export const TEXT = { type: 'string' } as const
const YES = { type: 'boolean' } as const

/** Every command takes these. */
const EVERYWHERE = { help: { ...YES, short: 'h' }, json: YES, folder: TEXT } as const
/** What is asked of who acts. */
export const ACTING = { who: TEXT, why: TEXT, act: TEXT } as const

/** The words and flags of a line; `own` are the flags beside --help, --json and --folder. The error ends with `seeHelp`. */
export function readLine<const T extends ParseArgsOptionsConfig>(
  args: readonly string[],
  own: T,
  seeHelp: string,
) {
  try {
    return ok(parseArgs({ args: [...args], allowPositionals: true, options: { ...EVERYWHERE, ...own } }))
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : String(cause)
    return err(`${reason}: ${seeHelp}`)
  }
}
