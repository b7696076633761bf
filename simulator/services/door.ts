/**
 * AWS's doors in one place: who calls, what is asked for, the machine's answer in the service's own words. Requests are
 * told apart by their headers and bodies, not by host. No HTTP server of its own.
 */
import { randomUUID } from 'node:crypto'
import type { Clock } from '../../shared/clock.ts'
import type { AccessKey } from '../credentials.ts'
import type { Marketplace } from '../host.ts'
import type { ApiAnswer, ApiCall } from '../marketplace/commands.ts'
import { readCbor } from './cbor.ts'
import { SQS } from './catalog.ts'
import type { Conversation } from './conversation.ts'
import { readJsonRequest } from './json.ts'
import { queryFailure, readQuery } from './query.ts'
import { endpointRegions } from './region.ts'
import { verify } from './sigv4.ts'
import { callQueue } from './sqs.ts'
import { STS } from './sts.ts'
import type { WireFailure, WireReply, WireRequest } from './wire.ts'

export interface AwsDoor {
  /** Whether a request is for AWS; any other is for a person. */
  isFor(request: Pick<WireRequest, 'headers'>): boolean
  /** `cut`: close the connection without a word. `closed`: the caller is gone. */
  answer(request: WireRequest, closed: AbortSignal): Promise<WireReply | 'cut'>
}

export interface AwsDoorOptions {
  readonly marketplace: Marketplace
  readonly keys: ReadonlyMap<string, AccessKey>
  /** The Regions a loopback address stands for. */
  readonly regions: ReadonlySet<string>
  readonly wall: Clock
}

/** The door over a marketplace; `keys` are all who may sign. */
export function awsDoor({ marketplace, keys, regions, wall }: AwsDoorOptions): AwsDoor {
  async function converse(
    request: WireRequest,
    said: Conversation,
    requestId: string,
    closed: AbortSignal,
  ): Promise<WireReply | 'cut'> {
    const endpoint = {
      service: said.signedAs,
      regions: endpointRegions(request.headers['host'], regions),
    }
    const times = { business: marketplace.state.business, wall: wall() }
    const caller = await verify(request, endpoint, keys, times)
    if (!caller.ok) return said.failure(caller.error, requestId)
    if (said.operation === undefined)
      return said.failure(
        {
          status: 400,
          code: 'UnknownOperationException',
          message: `There is no operation ${said.asked} here.`,
        },
        requestId,
      )
    const input = said.input()
    if (!input.ok) return said.failure(input.error, requestId)

    const { operation } = said
    const call: ApiCall = { operation, caller: caller.value, input: input.value, bytes: request.body.length }
    const answer: ApiAnswer = SQS.operations.includes(operation)
      ? await callQueue(marketplace, call, `http://${request.headers['host'] ?? ''}`, wall, closed)
      : await marketplace.run({ kind: 'api', ...call })
    if (answer.reply === 'cut') return 'cut'
    return answer.ok ? said.reply(answer.body, caller.value, requestId) : said.failure(answer, requestId)
  }

  return {
    isFor: ({ headers }) =>
      headers['x-amz-target'] !== undefined ||
      headers['smithy-protocol'] !== undefined ||
      headers['x-amz-date'] !== undefined ||
      headers['authorization']?.startsWith('AWS4-') === true,
    async answer(request, closed) {
      const requestId = randomUUID()
      const said = listen(request)
      const reply =
        request.headers['origin'] === undefined
          ? await converse(request, said, requestId, closed)
          : said.failure(FROM_PAGE, requestId)
      return reply === 'cut' ? reply : dated(reply, marketplace.state.business, requestId)
    },
  }
}

/** What is asked for, in the protocol that it is asked in; nothing that is known is refused as the oldest would. */
const listen = (request: WireRequest): Conversation =>
  readCbor(request) ?? readJsonRequest(request) ?? readQuery(request, [STS]) ?? unknown(request)

const unknown = ({ method, path }: WireRequest): Conversation => ({
  signedAs: STS.signedAs,
  operation: undefined,
  asked: `${method} ${path}`,
  input: () => ({ ok: true, value: {} }),
  reply: (_, __, requestId) => queryFailure(STS.namespace, FROM_PAGE, requestId),
  failure: (failure, requestId) => queryFailure(STS.namespace, failure, requestId),
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
