/** What a task's platform tells it: its role's credentials and its metadata. Pure. Source: ECS, task-iam-roles, task-metadata-endpoint-v4. */
import { err, ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { ApiCall } from './commands.ts'
import { isoMillis, own } from './draft.ts'
import type { Draft } from './draft.ts'
import type { Json, State } from './model.ts'
import { openSession } from './sessions.ts'
import type { Session } from './sessions.ts'
import type { ApiRefusal } from './shape.ts'
import type { Task } from './task.ts'

/** The role of every buyer's tasks; nodes have one of their own. */
export const roleOf = ({ launch }: Task): string =>
  launch === 'node' ? 'marketplace-node' : 'marketplace-task'

/** Of the credentials' life, the part before their end in which new ones are given. */
const REFRESHED_BEFORE = 6

function taskOf(state: State, call: ApiCall): Result<Task, ApiRefusal> {
  const task = own(state.tasks, call.caller.task ?? '')
  return task === undefined || task.state === 'STOPPED'
    ? err({ status: 404, code: 'NotFound', message: 'There is no such task, or it stopped.' })
    : ok(task)
}

/** The role's credentials: the same again until they are nearly over. Wall time decides, as at AWS. */
export function getCredentials(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const { state, times } = draft
  const found = taskOf(state, call)
  if (!found.ok) return found
  const task = found.value
  const lifeMs = state.knobs.credentialsLifeMs
  const kept = own(state.sessions, task.credentials ?? '')
  if (kept !== undefined && kept.expiresAt - times.wall > lifeMs / REFRESHED_BEFORE)
    return ok(credentials(task, task.credentials ?? '', kept))
  const [keyId, session] = openSession(draft, {
    account: task.account,
    arn: `arn:aws:sts::${task.account}:assumed-role/${roleOf(task)}/${task.id}`,
    expiresAt: times.wall + lifeMs,
    task: task.id,
  })
  task.credentials = keyId
  return ok(credentials(task, keyId, session))
}

const credentials = (task: Task, keyId: string, { secret, token, expiresAt }: Session): Json => ({
  RoleArn: `arn:aws:iam::${task.account}:role/${roleOf(task)}`,
  AccessKeyId: keyId,
  SecretAccessKey: secret,
  Token: token,
  Expiration: isoMillis(expiresAt),
})

/** Task metadata version 4, `{ task, container }`: the door gives the part that was asked for. Times are business time. */
export function getMetadata(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const found = taskOf(draft.state, call)
  if (!found.ok) return found
  const task = found.value
  const [cluster] = task.task.split('/').slice(1)
  const family = task.product ?? 'container'
  const clusterArn = `arn:aws:ecs:${task.region}:${task.account}:cluster/${cluster}`
  const name = 'app'
  const container: Json = {
    DockerId: `${task.id}-${1_000_000_000 + task.restarts}`,
    Name: name,
    DockerName: name,
    Image: `709825985650.dkr.ecr.us-east-1.amazonaws.com/seller/${family}:latest`,
    ImageID: `sha256:${task.id}${task.id}`,
    Labels: {
      'com.amazonaws.ecs.cluster': clusterArn,
      'com.amazonaws.ecs.container-name': name,
      'com.amazonaws.ecs.task-arn': task.task,
      'com.amazonaws.ecs.task-definition-family': family,
      'com.amazonaws.ecs.task-definition-version': '1',
    },
    DesiredStatus: task.desired,
    KnownStatus: task.state,
    RestartCount: task.restarts,
    Limits: { CPU: 256, Memory: 512 },
    CreatedAt: isoMillis(task.containerStartedAt),
    StartedAt: isoMillis(task.containerStartedAt),
    Type: 'NORMAL',
    ContainerARN: `arn:aws:ecs:${task.region}:${task.account}:container/${cluster}/${task.id}/${task.secret}`,
    Networks: [{ NetworkMode: 'awsvpc', IPv4Addresses: ['127.0.0.1'] }],
  }
  return ok({
    container,
    task: {
      Cluster: clusterArn,
      TaskARN: task.task,
      Family: family,
      Revision: '1',
      DesiredStatus: task.desired,
      KnownStatus: task.state,
      Limits: { CPU: 0.25, Memory: 512 },
      PullStartedAt: isoMillis(task.startedAt),
      PullStoppedAt: isoMillis(task.startedAt),
      AvailabilityZone: `${task.region}a`,
      LaunchType: 'FARGATE',
      Containers: [container],
    },
  })
}
