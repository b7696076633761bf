/**
 * AWS's doors in one place: who calls, what is asked for, the machine's answer in the service's own words. Requests are
 * told apart by their headers and bodies, not by host. No HTTP server of its own.
 */
import { randomUUID } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import type { Clock } from '../../shared/clock.ts'
import { err, ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { AccessKey } from '../credentials.ts'
import type { Marketplace } from '../host.ts'
import type { ApiAnswer, ApiCall } from '../marketplace/commands.ts'
import { own } from '../marketplace/draft.ts'
import type { Caller, Json } from '../marketplace/model.ts'
import type { ApiOperation } from '../marketplace/operations.ts'
import { isObject } from '../marketplace/shape.ts'
import { readCbor } from './cbor.ts'
import { CLOUDWATCH } from './cloudwatch.ts'
import { SQS } from './catalog.ts'
import type { Conversation } from './conversation.ts'
import { readJsonRequest } from './json.ts'
import { queryFailure, readQuery } from './query.ts'
import { readAuthorization } from './authorization.ts'
import { isOfCluster, provePod } from './cluster.ts'
import { endpointRegions, TASK_REGIONS } from './region.ts'
import { signCheckout, signRegistration } from './registration.ts'
import { readSes } from './ses.ts'
import { verify } from './sigv4.ts'
import { callQueue } from './sqs.ts'
import { SNS } from './sns.ts'
import { STS } from './sts.ts'
import { proveIdentity, readRoleRequest } from './web-identity.ts'
import type { OidcTrust } from './web-identity.ts'
import type { WireFailure, WireReply, WireRequest } from './wire.ts'

export interface AwsDoor {
  /** Whether a request is for AWS; any other is for a person. */
  isFor(request: Pick<WireRequest, 'method' | 'path' | 'query' | 'headers'>): boolean
  /** `cut`: close the connection without a word. `closed`: the caller is gone. */
  answer(request: WireRequest, closed: AbortSignal): Promise<WireReply | 'cut'>
}

export interface AwsDoorOptions {
  readonly marketplace: Marketplace
  readonly keys: ReadonlyMap<string, AccessKey>
  /** The Regions a loopback address stands for. */
  readonly regions: ReadonlySet<string>
  readonly wall: Clock
  /** Whose tokens a role may be taken on with; absent: nobody's. */
  readonly trust?: OidcTrust | undefined
}

/** The door over a marketplace; `keys` are all who may sign. */
export function awsDoor({ marketplace, keys, regions, wall, trust }: AwsDoorOptions): AwsDoor {
  /** The lasting keys, and those of the roles that were taken on. */
  const known: Pick<typeof keys, 'get'> = {
    get(id) {
      const session = own(marketplace.state.sessions, id)
      return session === undefined ? keys.get(id) : { id, ...session, session }
    },
  }

  /** By access key id of a task: how far ahead of wall time the `Date` of its answers was, the latest last. */
  const told = new Map<string, number[]>()

  /**
   * The times by the `Date`s that a task was answered with: each of its clients signs by its own last one until it is
   * answered again, and a container makes each call once.
   */
  function toldBy(request: WireRequest, now: number): number[] {
    const read = readAuthorization(request)
    const keyId = read.ok ? read.value.keyId : ''
    const before = told.get(keyId) ?? []
    const ahead = marketplace.state.business - now
    const isNew = !before.some((one) => Math.abs(one - ahead) < TOLD_APART_MS)
    if (isNew && known.get(keyId)?.session?.task !== undefined)
      told.set(keyId, [...before, ahead].slice(-TOLD_MAX))
    return before.map((one) => now + one)
  }

  /** A task may run in any Region, and calls where it runs. */
  function isOfTask(request: WireRequest): boolean {
    const read = readAuthorization(request)
    return read.ok && known.get(read.value.keyId)?.session?.task !== undefined
  }

  /** A pod's token is the cluster's; any other must be of the trusted issuer. */
  async function proveRole(form: { readonly [name: string]: Json }) {
    const { WebIdentityToken: token } = form
    if (typeof token !== 'string' || !isOfCluster(token)) return proveIdentity(form, trust, wall)
    const asked = readRoleRequest(form)
    if (!asked.ok) return asked
    const { roleArn, session, seconds } = asked.value
    const pod = await provePod(marketplace, token, roleArn, wall)
    return pod.ok ? ok({ roleArn, session, seconds, ...pod.value }) : pod
  }

  /** The caller by the signature; who takes on a role has none, and is known by a token of the trusted issuer. */
  async function prove(
    request: WireRequest,
    said: Conversation,
  ): Promise<Result<{ caller: Caller; input: Json }, WireFailure>> {
    if (said.operation === 'AssumeRoleWithWebIdentity') {
      const form = said.input()
      if (!form.ok) return form
      const proven = await proveRole(isObject(form.value) ? form.value : {})
      return proven.ok ? ok({ caller: ANYBODY, input: proven.value }) : proven
    }
    const endpoint = {
      service: said.signedAs,
      regions: endpointRegions(request.headers['host'], isOfTask(request) ? TASK_REGIONS : regions),
    }
    const times = { business: marketplace.state.business, wall: wall() }
    const caller = await verify(request, endpoint, known, { ...times, told: toldBy(request, times.wall) })
    if (!caller.ok) return caller
    if (said.operation === undefined)
      return err({
        status: 400,
        code: 'UnknownOperationException',
        message: `There is no operation ${said.asked} here.`,
      })
    const input = said.input()
    return input.ok ? ok({ caller: caller.value, input: input.value }) : input
  }

  async function converse(
    request: WireRequest,
    said: Conversation,
    requestId: string,
    closed: AbortSignal,
  ): Promise<WireReply | 'cut'> {
    const proven = await prove(request, said)
    if (!proven.ok || said.operation === undefined)
      return said.failure(proven.ok ? FROM_PAGE : proven.error, requestId)
    const { operation } = said
    const { caller, input } = proven.value
    const call: ApiCall = { operation, caller, input, bytes: request.body.length }
    const answer: ApiAnswer = SQS.operations.includes(operation)
      ? await callQueue(marketplace, call, `http://${request.headers['host'] ?? ''}`, wall, closed)
      : await marketplace.run({ kind: 'api', ...call })
    if (answer.reply === 'cut') return 'cut'
    if (!answer.ok) return said.failure(answer, requestId)
    return said.reply(await signed(operation, answer.body), caller, requestId)
  }

  /** The machine has no keys: what AWS signs is signed here. */
  async function signed(operation: ApiOperation, body: Json): Promise<Json> {
    if (operation === 'RegisterUsage') return signRegistration(marketplace, body, wall)
    return operation === 'CheckoutLicense' ? signCheckout(marketplace, body) : body
  }

  return {
    isFor: ({ method, path, query, headers }) =>
      path.startsWith('/v2/email/') ||
      (path === '/' && (method === 'POST' ? isForm(headers) : query.includes('Action='))) ||
      headers['x-amz-target'] !== undefined ||
      headers['smithy-protocol'] !== undefined ||
      headers['x-amz-date'] !== undefined ||
      headers['authorization']?.startsWith('AWS4-') === true,
    async answer(request, closed) {
      const requestId = randomUUID()
      const said = listen(unpacked(request))
      const reply =
        request.headers['origin'] === undefined
          ? await converse(request, said, requestId, closed)
          : said.failure(FROM_PAGE, requestId)
      return reply === 'cut' ? reply : dated(reply, marketplace.state.business, requestId)
    },
  }
}

/** AWS's clients of the query protocol send a form to `/`; no page of the storefront does. */
const isForm = (headers: WireRequest['headers']): boolean =>
  headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true

/** What a task was told is kept when it differs, and only the last of it. */
const TOLD_APART_MS = 60_000
const TOLD_MAX = 32

const ANYBODY: Caller = { account: 'anybody', region: 'us-east-1' }

/** What is asked for, in the protocol that it is asked in; nothing that is known is refused as the oldest would. */
const listen = (request: WireRequest): Conversation =>
  readCbor(request) ??
  readSes(request) ??
  readJsonRequest(request) ??
  readQuery(request, [STS, SNS, CLOUDWATCH]) ??
  unknown(request)

/** What was signed is the body as it came; what it says is inside. One that cannot be unpacked is not understood later. */
function unpacked(request: WireRequest): WireRequest {
  if (request.headers['content-encoding'] !== 'gzip') return request
  try {
    return { ...request, body: gunzipSync(request.body, { maxOutputLength: UNPACKED_MAX_BYTES }) }
  } catch {
    return request
  }
}

const UNPACKED_MAX_BYTES = 10_000_000

const unknown = ({ method, path }: WireRequest): Conversation => ({
  signedAs: STS.signedAs,
  operation: undefined,
  asked: `${method} ${path}`,
  input: () => ({ ok: true, value: {} }),
  reply: (_, __, requestId) => queryFailure(STS, FROM_PAGE, requestId),
  failure: (failure, requestId) => queryFailure(STS, failure, requestId),
})

/**
 * A browser says so by `Origin`. The seller's example key is in AWS's documentation: a page under a name pointed at this
 * machine could sign with it.
 */
const FROM_PAGE: WireFailure = {
  status: 403,
  code: 'AccessDeniedException',
  message: 'A web page may not call AWS on this machine. Call from a program.',
}

/** AWS's clock is business time: the JS SDK signs its next call by this header. */
const dated = (reply: WireReply, business: number, requestId: string): WireReply => ({
  ...reply,
  headers: { ...reply.headers, date: new Date(business).toUTCString(), 'x-amzn-requestid': requestId },
})
