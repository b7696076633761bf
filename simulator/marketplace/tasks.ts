/** What may be done to a buyer's tasks: run, stop, start the container again, and hear from who runs it. Pure. */
import { err, ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { Answers, CommandOf, Refusal } from './commands.ts'
import { laterRandom, own } from './draft.ts'
import type { Draft } from './draft.ts'
import type { State } from './model.ts'
import { drawHex32, drawUuid } from './random.ts'
import { isRegion } from './regions.ts'
import { refuse } from './subscribe.ts'
import type { Launch, Task } from './task.ts'

const CLUSTER = 'marketplace'

/** Starts from nothing but an account: who runs the process takes it from there and tells what becomes of it. */
export function runTask(draft: Draft, command: CommandOf<'run_task'>): Answers['run_task'] {
  const { state, times } = draft
  const { account, launch, region = 'us-east-1' } = command
  if (!/^\d{12}$/.test(account))
    return refuse(
      'unknown_account',
      'An AWS account is 12 digits. Correct the account and run the task again.',
    )
  if (!isRegion(region))
    return refuse('bad_input', `${JSON.stringify(region)} is no Region. Name one, such as us-east-1.`)
  const product = state.products.find(({ key }) => key === command.product)
  if (command.product !== undefined && product?.kind !== 'container')
    return refuse('unknown_product', `No container product is called ${JSON.stringify(command.product)}.`)

  const random = laterRandom(state)
  const id = drawHex32(random)
  state.tasks[id] = {
    id,
    task: identityOf(launch, account, region, id),
    account,
    region,
    launch,
    product: command.product ?? null,
    secret: drawUuid(random),
    startedAt: times.business,
    containerStartedAt: times.business,
    restarts: 0,
    desired: 'RUNNING',
    state: 'PENDING',
    stoppedAt: null,
    exitCode: null,
    reason: null,
    url: null,
    participant: null,
    credentials: null,
    initial: {},
    registered: {},
  }
  draft.changed = true
  return ok({ id })
}

/** Who AWS meters. A pod's UID has the id's digits, so that nothing more is drawn. */
function identityOf(launch: Launch, account: string, region: string, id: string): string {
  switch (launch) {
    case 'ecs':
      return `arn:aws:ecs:${region}:${account}:task/${CLUSTER}/${id}`
    case 'eks':
      return `pod/${podUid(id)}`
    case 'agentcore':
      return `arn:aws:bedrock-agentcore:${region}:${account}:runtime/${id}`
    case 'node':
      return `i-${id.slice(0, 17)}`
  }
}

/** The UID of the pod that a task's id stands for. */
export const podUid = (id: string): string =>
  `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`

export function findTask(state: State, id: string): Result<Task, Refusal> {
  const task = own(state.tasks, id)
  return task === undefined ? refuse('unknown_task', `There is no task ${JSON.stringify(id)}.`) : ok(task)
}

/** Asks who runs it to stop it. One that nobody took up yet is over at once. */
export function stopTask(draft: Draft, { id }: CommandOf<'stop_task'>): Answers['stop_task'] {
  const found = findTask(draft.state, id)
  if (!found.ok) return found
  const task = found.value
  task.desired = 'STOPPED'
  draft.changed = true
  if (task.state === 'PENDING' && task.participant === null) end(draft, task, 'Stopped before it ran.')
  return ok(null)
}

/** A new container in the same task: what AWS meters stays the same. */
export function restartTask(draft: Draft, { id }: CommandOf<'restart_task'>): Answers['restart_task'] {
  const found = findTask(draft.state, id)
  if (!found.ok) return found
  const task = found.value
  task.restarts += 1
  task.containerStartedAt = draft.times.business
  Object.assign(task, { desired: 'RUNNING', state: 'PENDING', stoppedAt: null, participant: null, url: null })
  draft.changed = true
  return ok(null)
}

/** Source: who runs the process. A task that stopped moves with the clock no longer. */
export function taskReported(draft: Draft, command: CommandOf<'task_reported'>): Answers['task_reported'] {
  const found = findTask(draft.state, command.id)
  if (!found.ok) return found
  const { state, exitCode, reason, url, participant } = command
  if (exitCode !== undefined && !Number.isSafeInteger(exitCode))
    return err({ kind: 'bad_input', message: 'An exit code is a whole number.' })
  const task = found.value
  draft.changed = true
  if (exitCode !== undefined) task.exitCode = exitCode
  if (reason !== undefined) task.reason = reason
  if (state === 'STOPPED') {
    end(draft, task, task.reason)
    return ok(null)
  }
  Object.assign(task, { state, stoppedAt: null })
  if (url !== undefined) task.url = url
  if (participant !== undefined) task.participant = participant
  return ok(null)
}

function end(draft: Draft, task: Task, reason: string | null): void {
  task.stoppedAt ??= draft.times.business
  Object.assign(task, { state: 'STOPPED', desired: 'STOPPED', reason, participant: null, url: null })
}
