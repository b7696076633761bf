/**
 * Strict JSON from bytes: UTF-8 without a byte order mark, no object with one key twice, bounded depth. Pure. The
 * values are the built-in parser's; a duplicate shows as fewer members in them than the text has colons.
 */
import { err, ok, type Result } from '../result.ts'

/** Deeper nesting is refused: no form of ours goes beyond 4. */
const DEPTH_MAX = 16

export interface JsonProblem {
  readonly code: 'empty-body' | 'not-utf-8' | 'not-json' | 'too-deep' | 'duplicate-key'
  readonly message: string
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * The value of a JSON text in UTF-8, or what is wrong with it; never throws. Numbers that are members of the name
 * `exact` are answered as their text, for a number of 19 digits is no longer itself as a float.
 */
export function readJson(bytes: Uint8Array, exact?: string): Result<unknown, JsonProblem> {
  if (bytes.length === 0) return problem('empty-body', 'The body is empty. Send the events as JSON.')
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    return problem('not-utf-8', 'The body begins with a byte order mark. Send plain UTF-8 without one.')
  }
  const text = decode(bytes)
  if (text === undefined) return problem('not-utf-8', 'The body is not UTF-8. Encode the JSON text as UTF-8.')

  const { depth, members } = measure(bytes)
  if (depth > DEPTH_MAX) {
    return problem(
      'too-deep',
      `The body is nested deeper than ${DEPTH_MAX} levels; an event needs 4 at most.`,
    )
  }
  let value: unknown
  try {
    const keepText = (key: string, member: unknown, context?: { readonly source?: string }): unknown =>
      key === exact && typeof member === 'number' ? (context?.source ?? String(member)) : member
    const isExact = exact !== undefined && text.includes(exact)
    value = isExact ? JSON.parse(text, keepText) : JSON.parse(text)
  } catch (thrown) {
    const at = thrown instanceof Error ? /position (\d+)/.exec(thrown.message)?.[1] : undefined
    const where = at === undefined ? '' : ` (character ${at})`
    return problem(
      'not-json',
      `The body is not valid JSON${where}. Nothing was stored; correct it and send it again.`,
    )
  }
  if (countMembers(value) !== members) {
    return problem(
      'duplicate-key',
      'An object in the body has the same key twice, so its meaning is not certain. Send each key once.',
    )
  }
  return ok(value)
}

const problem = (code: JsonProblem['code'], message: string): Result<never, JsonProblem> =>
  err({ code, message })

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** How deep the text nests and how many colons it has outside strings; right for JSON, harmless for anything else. */
function measure(bytes: Uint8Array): { depth: number; members: number } {
  let open = 0
  let depth = 0
  let members = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      for (at++; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++
    } else if (byte === 0x3a) members++
    else if (byte === 0x7b || byte === 0x5b) depth = Math.max(depth, ++open)
    else if (byte === 0x7d || byte === 0x5d) open--
  }
  return { depth, members }
}

/** Members of all objects in a parsed value. The recursion is bounded by `DEPTH_MAX`. */
function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) count += countMembers(item)
    return count
  }
  for (const member of Object.values(value)) {
    count++
    if (typeof member === 'object') count += countMembers(member)
  }
  return count
}
