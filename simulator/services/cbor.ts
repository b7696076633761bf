/**
 * Smithy RPC v2 CBOR, which the SDKs for Go, Java, .NET, C++, Kotlin and Swift speak to the entitlement service since
 * 2026-04-16, and to CloudWatch. Pure. Source: facts §0.1, §0.2; Smithy RPC v2 CBOR protocol.
 */
import { decode, encode, Token, Type } from 'cborg'
import { err, ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { Json } from '../marketplace/model.ts'
import { CLOUDWATCH, ENTITLEMENT, originOf } from './catalog.ts'
import type { Conversation } from './conversation.ts'
import type { WireFailure, WireReply, WireRequest } from './wire.ts'

const SERVICES = [ENTITLEMENT, CLOUDWATCH]

/** Members that hold an instant: epoch seconds under tag 1. */
const INSTANTS: ReadonlySet<string> = new Set(['ExpirationDate'])

/** Undefined: the request does not speak this protocol. */
export function readCbor({ headers, method, path, body }: WireRequest): Conversation | undefined {
  if (headers['smithy-protocol'] !== 'rpc-v2-cbor') return undefined
  const [, service, name] = /^\/service\/([A-Za-z_]\w*)\/operation\/([A-Za-z_]\w*)$/.exec(path) ?? []
  const known = method === 'POST' ? SERVICES.find(({ target }) => target === service) : undefined
  const spoken = known ?? ENTITLEMENT
  return {
    signedAs: spoken.signedAs,
    operation: known?.operations.find((one) => one === name),
    asked: path,
    input: () => readBody(body),
    reply: (answer) => wire(200, answer),
    failure: ({ status, code, message }) =>
      wire(status, { __type: `${originOf(spoken, code)}#${code}`, message }),
  }
}

/** An empty body is an empty map. Instants come as their seconds. */
function readBody(body: Uint8Array): Result<Json, WireFailure> {
  try {
    const value: unknown =
      body.length === 0 ? {} : decode(body, { tags: { 1: (inner) => inner() }, rejectDuplicateMapKeys: true })
    if (isJson(value)) return ok(value)
  } catch {
    // Told below.
  }
  return err({
    status: 400,
    code: 'SerializationException',
    message: 'The body is not CBOR of texts, numbers, truth values, lists and maps.',
  })
}

function isJson(value: unknown): value is Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(isJson)
  return (
    typeof value === 'object' &&
    Object.getPrototypeOf(value) === Object.prototype &&
    Object.values(value).every(isJson)
  )
}

const wire = (status: number, body: Json): WireReply => ({
  status,
  headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
  body: encode(withInstants(body), {
    typeEncoders: {
      Date: (at: Date) => [new Token(Type.tag, 1), new Token(Type.float, at.getTime() / 1000)],
    },
  }),
})

/** The same value with a Date where the service's model has an instant. */
function withInstants(value: Json): unknown {
  if (Array.isArray(value)) return value.map(withInstants)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      INSTANTS.has(name) && typeof each === 'number' ? new Date(each * 1000) : withInstants(each),
    ]),
  )
}
