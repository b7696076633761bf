/** STS GetCallerIdentity: the query protocol, form in and XML out. Pure. Source: STS API reference. */
import type { WireFailure, WireReply } from './wire.ts'

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/'

/** The action a form body asks for; undefined: it is no such form. */
export function readAction(body: Uint8Array): string | undefined {
  return body.length > 4096
    ? undefined
    : (new URLSearchParams(new TextDecoder().decode(body)).get('Action') ?? undefined)
}

/** `account` is 12 digits and `requestId` a UUID: nothing here needs escaping. */
export const callerIdentity = (account: string, requestId: string): WireReply =>
  xml(
    200,
    `<GetCallerIdentityResponse xmlns="${NAMESPACE}"><GetCallerIdentityResult>` +
      `<Arn>arn:aws:iam::${account}:user/simulated</Arn><UserId>AIDA${account}SIMU</UserId>` +
      `<Account>${account}</Account></GetCallerIdentityResult>` +
      `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`,
  )

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
export function stsFailure({ status, code, message }: WireFailure, requestId: string): WireReply {
  const type = status >= 500 ? 'Receiver' : 'Sender'
  const named = Object.hasOwn(QUERY_CODES, code) ? QUERY_CODES[code] : code
  return xml(
    status,
    `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>${type}</Type><Code>${named}</Code>` +
      `<Message>${escape(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
  )
}

const xml = (status: number, body: string): WireReply => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body,
})

const escape = (text: string): string => text.replace(/[<>&"']/g, (char) => `&#${char.charCodeAt(0)};`)
