/** The operator's key: its form and what is kept of it. A key itself is never stored by the Worker, nor logged. */
import { sha256Hex } from '../sha256.ts'

const FORM = /^tgo_[0-9A-Za-z_-]{43}$/

/** True for a text that has the form of an operator key; says nothing about whether it is one. */
export const isOperatorKey = (text: string): boolean => FORM.test(text)

/** The key of 32 random bytes in base64url. */
export const operatorKeyOf = (base64Url: string): string => `tgo_${base64Url}`

/** What the setting OPERATOR_KEY_HASH holds. Keys are random: no salt, no stretching. */
export const hashOperatorKey = (text: string): Promise<string> => sha256Hex(text)
