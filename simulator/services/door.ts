/**
 * AWS's doors in one place: who calls, what is asked for, the machine's answer in the service's own words. Requests are
 * told apart by X-Amz-Target, not by path or host. No HTTP server of its own.
 */
import { randomUUID } from 'node:crypto'
import type { Clock } from '../../shared/clock.ts'
import type { AccessKey } from '../credentials.ts'
import type { Marketplace } from '../host.ts'
import type { ApiAnswer, ApiCall } from '../marketplace/commands.ts'
import { readTarget, SQS } from './catalog.ts'
import { jsonFailure, jsonReply, readJson } from './json.ts'
import { endpointRegions } from './region.ts'
import { verify } from './sigv4.ts'
import { callQueue } from './sqs.ts'
import { callerIdentity, readAction, stsFailure } from './sts.ts'
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
  const times = () => ({ business: marketplace.state.business, wall: wall() })
  const endpoint = (request: WireRequest, service: string) => ({
    service,
    regions: endpointRegions(request.headers['host'], regions),
  })

  async function answerJson(request: WireRequest, closed: AbortSignal): Promise<WireReply | 'cut'> {
    const { service, operation } = readTarget(request.headers['x-amz-target'] ?? '')
    const caller = await verify(
      request,
      endpoint(request, service?.signedAs ?? 'aws-marketplace'),
      keys,
      times(),
    )
    if (!caller.ok) return jsonFailure(service, caller.error)
    if (service === undefined || operation === undefined)
      return jsonFailure(service, {
        status: 400,
        code: 'UnknownOperationException',
        message: `There is no operation ${request.headers['x-amz-target'] ?? ''} here.`,
      })
    const input = readJson(request.body)
    if (!input.ok) return jsonFailure(service, input.error)

    const call: ApiCall = { operation, caller: caller.value, input: input.value, bytes: request.body.length }
    const answer: ApiAnswer =
      service === SQS
        ? await callQueue(marketplace, call, `http://${request.headers['host'] ?? ''}`, wall, closed)
        : await marketplace.run({ kind: 'api', ...call })
    if (answer.reply === 'cut') return 'cut'
    return answer.ok ? jsonReply(service, answer.body) : jsonFailure(service, answer)
  }

  async function answerSts(request: WireRequest): Promise<WireReply | 'cut'> {
    const requestId = randomUUID()
    const caller = await verify(request, endpoint(request, 'sts'), keys, times())
    if (!caller.ok) return stsFailure(caller.error, requestId)
    const action = readAction(request.body)
    if (action !== 'GetCallerIdentity') {
      const message = `There is no action ${action ?? 'without a name'} here.`
      return stsFailure({ status: 400, code: 'UnknownOperationException', message }, requestId)
    }
    const answer = await marketplace.run({
      kind: 'api',
      operation: 'GetCallerIdentity',
      caller: caller.value,
      input: {},
    })
    if (answer.reply === 'cut') return 'cut'
    return answer.ok ? callerIdentity(caller.value.account, requestId) : stsFailure(answer, requestId)
  }

  return {
    isFor: ({ headers }) =>
      headers['x-amz-target'] !== undefined ||
      headers['x-amz-date'] !== undefined ||
      headers['authorization']?.startsWith('AWS4-') === true,
    async answer(request, closed) {
      if (request.headers['origin'] !== undefined) return fromPage(request)
      const reply = await (request.headers['x-amz-target'] === undefined
        ? answerSts(request)
        : answerJson(request, closed))
      return reply === 'cut' ? reply : dated(reply, marketplace.state.business)
    },
  }
}

/**
 * A browser says so by `Origin`. The seller's example key is in AWS's documentation: a page under a name pointed at this
 * machine could sign with it.
 */
function fromPage({ headers }: WireRequest): WireReply {
  const failure: WireFailure = {
    status: 403,
    code: 'AccessDeniedException',
    message: 'A web page may not call AWS on this machine. Call from a program.',
  }
  const target = headers['x-amz-target']
  return target === undefined
    ? stsFailure(failure, randomUUID())
    : jsonFailure(readTarget(target).service, failure)
}

/** AWS's clock is business time: the JS SDK signs its next call by this header. */
const dated = (reply: WireReply, business: number): WireReply => ({
  ...reply,
  headers: { ...reply.headers, date: new Date(business).toUTCString(), 'x-amzn-requestid': randomUUID() },
})
