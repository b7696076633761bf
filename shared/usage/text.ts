/** Texts that a sender chose: which are taken, and how one is shown back without harm. Pure. */
import { ok, type Result } from '../result.ts'
import { refused, type FormCode, type Refusal } from './refusal.ts'

/** Bytes of UTF-8 that an id, a source, a series or a key may have. */
const TEXT_MAX_BYTES = 256

const PLAIN = /^[\x20-\x7e]+$/

/** Control characters, line separators, and marks that turn the direction of text around. */
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

/** A text of 1 to 256 bytes without control or direction characters, or what is wrong with the field. */
export function readText(field: string, value: unknown, code: FormCode): Result<string, Refusal> {
  const fault = typeof value === 'string' ? faultOf(value) : 'is not a text'
  if (typeof value === 'string' && fault === undefined) return ok(value)
  return refused(code, `${field} ${fault}. Send a text of 1 to ${TEXT_MAX_BYTES} bytes.`)
}

/** True for a field that was sent: `null` is how typed clients leave one out. */
export const given = (value: unknown): boolean => value !== undefined && value !== null

/** Why `text` is not taken, as the end of a sentence; undefined when it is. */
export function faultOf(text: string): string | undefined {
  if (text === '') return 'is empty'
  if (text.length <= TEXT_MAX_BYTES && PLAIN.test(text)) return undefined
  if (text.length > TEXT_MAX_BYTES || new TextEncoder().encode(text).length > TEXT_MAX_BYTES) {
    return `is longer than ${TEXT_MAX_BYTES} bytes`
  }
  if (!text.isWellFormed()) return 'has half of a surrogate pair'
  if (UNSAFE.test(text)) return 'has control or direction characters'
  return undefined
}

/** How much of a sender's text a message repeats. */
const SHOWN_MAX = 40

/** A sender's text in quotes for a message: cut, and everything but plain ASCII written as \u…, so that look-alikes show. */
export function quoted(text: string): string {
  const cut = text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text
  const shown = cut.replace(
    /[^\x20-\x7e…]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `"${shown.replaceAll('"', "'")}"`
}
