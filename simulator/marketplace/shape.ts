/** Reading a request's body: whether a member has the right type, and AWS's names for what is wrong. Pure. */
import { err } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { Json } from './model.ts'

export type JsonObject = { readonly [key: string]: Json }

/** A refusal in AWS's words, not yet an answer. */
export interface ApiRefusal {
  readonly code: string
  readonly message: string
  /** 400 unless given. */
  readonly status?: number
  /** What the exception's model has beside the message. */
  readonly more?: JsonObject
}

export const refusal = (code: string, message: string): Result<never, ApiRefusal> => err({ code, message })

/** A member of the wrong JSON type. Source: AWS common errors (facts §0.3); the text is ours. */
export const misshapen = (member: string, wanted: string): Result<never, ApiRefusal> =>
  refusal('SerializationException', `${member} must be ${wanted}.`)

/** A member of the right type outside its constraint. */
export const invalid = (member: string, constraint: string): Result<never, ApiRefusal> =>
  refusal(
    'ValidationException',
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${constraint}`,
  )

/** A JSON object; null, a list and a plain value are none. */
export const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The object's own member; null counts as absent, as AWS's JSON protocols have it. */
export const member = (object: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(object, name) ? (object[name] ?? undefined) : undefined

/** A text, absent, or neither. */
export const isTextOrAbsent = (value: Json | undefined): value is string | undefined =>
  value === undefined || typeof value === 'string'

/** A list of texts, absent, or neither. */
export const isTextsOrAbsent = (value: Json | undefined): value is string[] | undefined =>
  value === undefined || (Array.isArray(value) && value.every((item) => typeof item === 'string'))
