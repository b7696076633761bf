/**
 * What a platform answers to its tasks without a signature: ECS credentials, ECS task metadata version 4, and IMDSv2 of a
 * node. Each is an operation of the machine, so faults can be set on it. Source: ECS and EC2 user guides (2026-11-21).
 */
import type { Clock } from '../../shared/clock.ts'
import { checkHost } from '../guard.ts'
import type { Door, Marketplace } from '../host.ts'
import type { ApiAnswer } from '../marketplace/commands.ts'
import type { Json } from '../marketplace/model.ts'
import type { ApiOperation } from '../marketplace/operations.ts'
import { isObject } from '../marketplace/shape.ts'
import { roleOf } from '../marketplace/task-platform.ts'
import type { Task } from '../marketplace/task.ts'

const IMDS = '/latest/meta-data/iam/security-credentials/'

/** `/v2/credentials/{secret}`, `/v4/{secret}`, `/v4/{secret}/task` and `/latest/…`; any other path is not answered. */
export function taskEndpoints(marketplace: Marketplace, wall: Clock): Door {
  const { state } = marketplace
  const withSecret = (secret: string | undefined) =>
    Object.values(state.tasks).find((task) => task.secret === secret)
  /** One machine has one metadata service: it is of the node that was started last. */
  const node = () => Object.values(state.tasks).findLast(({ launch }) => launch === 'node')

  const ask = (operation: ApiOperation, task: Task): Promise<ApiAnswer> =>
    marketplace.run({
      kind: 'api',
      operation,
      caller: { account: task.account, region: task.region, task: task.id },
      input: {},
    })

  async function ofTask(path: string): Promise<Response | undefined> {
    const [, version, first, second] = path.split('/')
    if (version === 'v2' && first === 'credentials')
      return tell(await askOf(withSecret(second), 'EcsCredentials'), (body) => body)
    if (version === 'v4')
      return tell(await askOf(withSecret(first), 'EcsMetadata'), (body) =>
        second === 'task' ? body['task'] : second === undefined ? body['container'] : undefined,
      )
    return undefined
  }

  const askOf = async (task: Task | undefined, operation: ApiOperation): Promise<ApiAnswer> =>
    task === undefined ? NO_TASK : ask(operation, task)

  async function ofNode(method: string, path: string): Promise<Response | undefined> {
    const task = node()
    if (!path.startsWith('/latest/')) return undefined
    if (task === undefined) return new Response('There is no node.\n', { status: 404 })
    if (path === '/latest/api/token' && method === 'PUT')
      return new Response(task.secret, { headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' } })
    if (path === '/latest/meta-data/placement/region') return new Response(task.region)
    if (path === '/latest/meta-data/placement/availability-zone') return new Response(`${task.region}a`)
    if (path === '/latest/meta-data/instance-id') return new Response(task.task)
    if (path === '/latest/dynamic/instance-identity/document')
      return Response.json({ accountId: task.account, region: task.region, instanceId: task.task })
    if (path === IMDS) return new Response(roleOf(task))
    if (path !== `${IMDS}${roleOf(task)}`) return new Response('Not found.\n', { status: 404 })
    return tell(await ask('InstanceMetadata', task), (body) => ({
      Code: 'Success',
      Type: 'AWS-HMAC',
      LastUpdated: new Date(wall()).toISOString(),
      AccessKeyId: body['AccessKeyId'] ?? '',
      SecretAccessKey: body['SecretAccessKey'] ?? '',
      Token: body['Token'] ?? '',
      Expiration: body['Expiration'] ?? '',
    }))
  }

  return async (request) => {
    const { pathname } = new URL(request.url)
    if (!/^\/(?:v2\/credentials|v4|latest)\//.test(pathname)) return undefined
    const turned = checkHost(request)
    if (turned !== undefined) return new Response(`${turned.message}\n`, { status: turned.status })
    return (await ofTask(pathname)) ?? (await ofNode(request.method, pathname))
  }
}

const NO_TASK: ApiAnswer = {
  ok: false,
  status: 404,
  code: 'NotFound',
  message: 'There is no such task, or it stopped.',
  reply: 'sent',
}

/** As the ECS agent words it. */
function tell(answer: ApiAnswer, part: (body: { [name: string]: Json }) => Json | undefined): Response {
  if (answer.reply === 'cut') return Response.error()
  const failure = ({ status, code, message }: { status: number; code: string; message: string }) =>
    Response.json({ code, message, HTTPErrorCode: status }, { status })
  if (!answer.ok) return failure(answer)
  const body = isObject(answer.body) ? part(answer.body) : undefined
  return body === undefined
    ? failure({ status: 404, code: 'NotFound', message: 'There is nothing here.' })
    : Response.json(body, { headers: { 'cache-control': 'no-store' } })
}
