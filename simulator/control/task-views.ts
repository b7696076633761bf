/** A task as programs see it: where it stands, and the environment its platform would give it. Pure. */
import type { State } from '../marketplace/model.ts'
import type { Task } from '../marketplace/task.ts'
import { podName, podRoleArn } from '../services/cluster.ts'
import { iso, isoOrNull } from './views.ts'

/** `origin`: where the simulator was asked. A pod's token is not part of it: `GET /tasks/{id}/token`. */
export function taskView(task: Task, state: Readonly<State>, origin: string) {
  const { id, account, region, launch, product, desired, exitCode, reason, url, restarts } = task
  return {
    id,
    task: task.task,
    account,
    region,
    launch,
    product,
    desired,
    state: task.state,
    exitCode,
    reason,
    url,
    participant: task.participant,
    restarts,
    startedAt: iso(task.startedAt),
    stoppedAt: isoOrNull(task.stoppedAt),
    env: environmentOf(task, state, origin),
  }
}

/** As the platform would set it, but for two addresses: AWS's own and the credentials' are on this machine. */
export function environmentOf(
  task: Task,
  state: Readonly<State>,
  origin: string,
): { [name: string]: string } {
  const { region, secret } = task
  const code = state.products.find(({ key }) => key === task.product)?.code
  const known = {
    ...(code === undefined ? {} : { AWS_MARKETPLACE_PRODUCT_CODE: code }),
    AWS_ENDPOINT_URL: origin,
  }
  const credentials = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${origin}/v2/credentials/${secret}` }
  switch (task.launch) {
    case 'ecs':
      return {
        AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE',
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        ...credentials,
        ECS_CONTAINER_METADATA_URI_V4: `${origin}/v4/${secret}`,
        ...known,
      }
    case 'eks':
      return {
        HOSTNAME: podName(task),
        KUBERNETES_SERVICE_HOST: '10.100.0.1',
        KUBERNETES_SERVICE_PORT: '443',
        AWS_STS_REGIONAL_ENDPOINTS: 'regional',
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_ROLE_ARN: podRoleArn(task),
        ...known,
      }
    case 'agentcore':
      return { AWS_REGION: region, ...credentials, ...known }
    case 'node':
      return { AWS_EC2_METADATA_SERVICE_ENDPOINT: origin, ...known }
  }
}
