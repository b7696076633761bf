/** AWS's query protocol: a form in, XML out. Pure. Source: STS and SNS API references, common errors. */
import { ok } from '../../shared/result.ts'
import { own } from '../marketplace/draft.ts'
import type { Json } from '../marketplace/model.ts'
import type { ApiOperation } from '../marketplace/operations.ts'
import type { Conversation } from './conversation.ts'
import type { WireFailure, WireReply, WireRequest } from './wire.ts'

/** A service spoken to by forms. `tell` makes the inside of `<…Result>`, escaped; undefined: nothing. */
export interface QueryService {
  readonly signedAs: string
  readonly version: string
  readonly namespace: string
  readonly operations: readonly ApiOperation[]
  /** Its own names for failures, where they are not everybody's. */
  readonly codes?: { readonly [code: string]: string }
  tell(operation: ApiOperation, body: Json, account: string): string | undefined
  /** The form as a value; absent: its fields as they are. */
  read?(form: URLSearchParams): Json
}

/** Undefined: it is no form with an action and the version of one of these services. */
export function readQuery(request: WireRequest, services: readonly QueryService[]): Conversation | undefined {
  const form = formOf(request)
  const action = form.get('Action') ?? ''
  const service = services.find(({ version }) => version === form.get('Version')) ?? services[0]
  if (service === undefined || action === '') return undefined
  const operation = service.operations.find((name) => name === action)
  return {
    signedAs: service.signedAs,
    operation,
    asked: action,
    input: () => ok(service.read?.(form) ?? Object.fromEntries(form)),
    reply(body, { account }, requestId) {
      const told = operation === undefined ? '' : service.tell(operation, body, account)
      return xml(
        200,
        `<${action}Response xmlns="${service.namespace}">` +
          (told === undefined ? '' : `<${action}Result>${told}</${action}Result>`) +
          `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`,
      )
    },
    failure: (failure, requestId) => queryFailure(service, failure, requestId),
  }
}

/** The action and its parameters, from the body of a POST or the query of a GET. */
export function formOf({ method, query, body, headers }: WireRequest): URLSearchParams {
  if (method === 'GET') return new URLSearchParams(query)
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
  return new URLSearchParams(method === 'POST' && isForm ? new TextDecoder().decode(body) : '')
}

/** The query protocol's own names for what the JSON services call otherwise. */
const QUERY_CODES: { readonly [code: string]: string } = {
  InvalidSignatureException: 'SignatureDoesNotMatch',
  UnrecognizedClientException: 'InvalidClientTokenId',
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  IncompleteSignatureException: 'IncompleteSignature',
  UnknownOperationException: 'InvalidAction',
  ThrottlingException: 'Throttling',
  AccessDeniedException: 'AccessDenied',
  InternalServiceErrorException: 'InternalFailure',
}

/** A failure as the query protocol tells it, its message escaped. */
export function queryFailure(
  { namespace, codes = {} }: Pick<QueryService, 'namespace' | 'codes'>,
  { status, code, message }: WireFailure,
  requestId: string,
): WireReply {
  const type = status >= 500 ? 'Receiver' : 'Sender'
  // Credentials that are over are ExpiredToken; an identity token that is over keeps the name of STS's own model.
  const isOver = code === 'ExpiredTokenException' && status === 403
  const named = isOver ? 'ExpiredToken' : (own(codes, code) ?? own(QUERY_CODES, code) ?? code)
  return xml(
    status,
    `<ErrorResponse xmlns="${namespace}"><Error><Type>${type}</Type><Code>${named}</Code>` +
      `<Message>${escapeXml(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
  )
}

const xml = (status: number, body: string): WireReply => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body,
})

/** One element around a text. */
export const element = (name: string, text: string): string => `<${name}>${escapeXml(text)}</${name}>`

export const escapeXml = (text: string): string =>
  text.replace(/[<>&"']/g, (char) => `&#${char.charCodeAt(0)};`)
