/** The Authorization header of Signature Version 4, taken apart. Pure. Source: SigV4 reference, AWS common errors. */
import { err, ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { WireFailure, WireRequest } from './wire.ts'

export interface Authorization {
  readonly keyId: string
  /** YYYYMMDD */
  readonly day: string
  readonly region: string
  readonly service: string
  /** In lower case. */
  readonly signedHeaders: ReadonlySet<string>
  /** 64 hex digits. */
  readonly signature: string
  /** X-Amz-Date, epoch ms. */
  readonly signedAt: number
}

/** Nothing in it is proven yet. */
export function readAuthorization(request: WireRequest): Result<Authorization, WireFailure> {
  const header = request.headers['authorization']
  if (header === undefined || header === '')
    return fail(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token')
  const rest = /^AWS4-HMAC-SHA256\s+(.*)$/.exec(header)?.[1]
  if (rest === undefined) return incomplete("Authorization header requires the algorithm 'AWS4-HMAC-SHA256'.")
  const parts = new Map(rest.split(',').map((part) => splitOnce(part.trim(), '=')))
  const credential = parts.get('Credential')
  const signedHeaders = parts.get('SignedHeaders')
  const signature = parts.get('Signature')
  if (!credential) return incomplete("Authorization header requires 'Credential' parameter.")
  if (!signedHeaders) return incomplete("Authorization header requires 'SignedHeaders' parameter.")
  if (!signature) return incomplete("Authorization header requires 'Signature' parameter.")

  const scope = /^([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/.exec(credential)
  if (scope === null)
    return incomplete(
      `Credential must be <key>/<YYYYMMDD>/<region>/<service>/aws4_request, got ${credential}.`,
    )
  const [, keyId = '', day = '', region = '', service = ''] = scope
  const date = request.headers['x-amz-date']
  if (date === undefined) return incomplete("Authorization header requires existence of 'X-Amz-Date' header.")
  const signedAt = readDate(date)
  if (signedAt === undefined)
    return incomplete('Date must be in ISO-8601 basic format, as in 20261121T100000Z.')
  return ok({
    keyId,
    day,
    region,
    service,
    signedHeaders: new Set(signedHeaders.split(';')),
    signature,
    signedAt,
  })
}

const fail = (status: number, code: string, message: string): Result<never, WireFailure> =>
  err({ status, code, message })

const incomplete = (message: string): Result<never, WireFailure> =>
  fail(400, 'IncompleteSignatureException', message)

function splitOnce(text: string, at: string): [string, string] {
  const index = text.indexOf(at)
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)]
}

function readDate(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (match === null) return undefined
  const [, y, m, d, h, min, s] = match
  const at = Date.parse(`${y}-${m}-${d}T${h}:${min}:${s}Z`)
  return Number.isNaN(at) ? undefined : at
}
