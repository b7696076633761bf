/** One request to AWS as its protocol tells it, whatever the protocol: what is asked, and how to answer. Types only. */
import type { Result } from '../../shared/result.ts'
import type { Caller, Json } from '../marketplace/model.ts'
import type { ApiOperation } from '../marketplace/operations.ts'
import type { WireFailure, WireReply } from './wire.ts'

export interface Conversation {
  /** The service of the credential scope. */
  readonly signedAs: string
  /** Undefined: nothing of this name is offered here. */
  readonly operation: ApiOperation | undefined
  /** What was asked for, in the caller's own words. */
  readonly asked: string
  /** The body as a value, not trusted. */
  input(): Result<Json, WireFailure>
  reply(body: Json, caller: Caller, requestId: string): WireReply
  failure(failure: WireFailure, requestId: string): WireReply
}
