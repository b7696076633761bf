/** A request and a reply of AWS's doors, as they are on the wire. Types only. */
import type { Json } from '../marketplace/model.ts'

export interface WireRequest {
  readonly method: string
  /** As received: still encoded, without the query. */
  readonly path: string
  /** As received, without the question mark. */
  readonly query: string
  /** Names in lower case; several of one name are joined by commas. */
  readonly headers: { readonly [name: string]: string }
  readonly body: Uint8Array
}

export interface WireReply {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: string | Uint8Array
}

/** A failure in AWS's words, before it has the shape of a protocol. */
export interface WireFailure {
  readonly status: number
  readonly code: string
  readonly message: string
  /** What the exception's model has beside the message. */
  readonly more?: { readonly [name: string]: Json }
}
