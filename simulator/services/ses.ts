/** SES v2 over REST-JSON: one route, failures named in a header. Pure. Source: facts §0.1, §9.3; service model 2019-09-27. */
import { readJson } from './json.ts'
import type { Conversation } from './conversation.ts'
import type { WireFailure, WireReply, WireRequest } from './wire.ts'

/** Undefined: it is no call of SES. */
export function readSes({ method, path, body, headers }: WireRequest): Conversation | undefined {
  if (!path.startsWith('/v2/email/') || headers['x-amz-target'] !== undefined) return undefined
  return {
    signedAs: 'ses',
    operation: method === 'POST' && path === '/v2/email/outbound-emails' ? 'SendEmail' : undefined,
    asked: `${method} ${path}`,
    input: () => readJson(body),
    reply: (answer) => wire(200, {}, JSON.stringify(answer)),
    failure: (failure) => {
      const { status, code, message } = inSesWords(failure)
      return wire(status, { 'x-amzn-errortype': code }, JSON.stringify({ message }))
    },
  }
}

/** SES throttles with 429, unlike AWS Marketplace, and has a name of its own for it. */
function inSesWords(failure: WireFailure): WireFailure {
  switch (failure.code) {
    case 'ThrottlingException':
      return { ...failure, status: 429, code: 'TooManyRequestsException' }
    case 'SerializationException':
      return { ...failure, code: 'BadRequestException' }
    case 'AccessDeniedException':
      return { ...failure, status: 403 }
    default:
      return failure
  }
}

const wire = (status: number, headers: WireReply['headers'], body: string): WireReply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body,
})
