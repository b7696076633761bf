/**
 * AWS Marketplace as a machine: a state, a command, the two times, an answer. No I/O, no clock, no chance of its own:
 * the same commands at the same times give the same state and the same answers. The state is changed in place, never
 * copied, so a command costs what it touches; a refusal leaves it as it was, but for
 * DryRunOperation, which is a task's first call.
 */
import { amend, cancel, renew, visit } from './agreements.ts'
import { callApi } from './api.ts'
import type { Answers, Command, CommandKind, CommandOf, Outcome } from './commands.ts'
import type { Draft } from './draft.ts'
import { releaseDue } from './due.ts'
import { EVENTS_REGION } from './events.ts'
import { clearFaults, setFault } from './faults.ts'
import { DEFAULT_KNOBS } from './knobs.ts'
import { live } from './life.ts'
import type { State, Times } from './model.ts'
import { pushDone, setPushing } from './pushes.ts'
import { EVENTS_QUEUE, USAGE_QUEUE } from './queue.ts'
import { makeQueue } from './queues.ts'
import { seeded } from './random.ts'
import { NEW_RECEIVER, receiveWebhook, setReceiver } from './receiver.ts'
import { keepSigningKey, rotateKey } from './register-usage.ts'
import { setBusinessTime, setKnobs, setView } from './settings.ts'
import { subscribe } from './subscribe.ts'
import { restartTask, runTask, stopTask, taskReported } from './tasks.ts'

/** How far the second generator's seed is from the first one's. */
const LATER = 1_000_003

/** An empty marketplace at a business time; `set_view` tells it what is sold. `seed`: any number, for ids and chance. */
export const newState = (seed: number, business: number): State => ({
  version: 1,
  business,
  random: seeded(seed),
  later: seeded(seed + LATER),
  sequence: 0,
  sellerAccount: '',
  sellerName: '',
  products: [],
  buyers: [],
  agreements: {},
  licenses: {},
  accounts: {},
  tokens: {},
  pending: [],
  delivered: [],
  queues: {
    [EVENTS_QUEUE]: makeQueue(EVENTS_QUEUE, EVENTS_REGION, business),
    [USAGE_QUEUE]: makeQueue(USAGE_QUEUE, EVENTS_REGION, business),
  },
  bill: {},
  faults: [],
  knobs: DEFAULT_KNOBS,
  pushing: false,
  pushes: [],
  pushed: [],
  moves: [],
  mails: [],
  topics: {},
  published: [],
  metrics: {},
  receiver: NEW_RECEIVER,
  webhooks: [],
  sessions: {},
  tasks: {},
  meterTokens: {},
  keyVersions: {},
  signingKeys: {},
  checkouts: {},
  checkoutAnswers: {},
  quotas: {},
})

/** Carries out one command at `times`. The caller sees to it that `times.business` never goes back. */
export function apply<K extends CommandKind>(state: State, command: CommandOf<K>, times: Times): Outcome<K> {
  const draft: Draft = { state, times, changed: false }
  const answer = carryOut(draft, command as Command) as Answers[K]
  return { answer, changed: draft.changed }
}

function carryOut(draft: Draft, command: Command): Answers[CommandKind] {
  switch (command.kind) {
    case 'set_view':
      return setView(draft, command)
    case 'subscribe': {
      const arrival = subscribe(draft, command)
      releaseDue(draft)
      return arrival
    }
    case 'visit':
      return visit(draft, command)
    case 'cancel':
      return cancel(draft, command)
    case 'amend':
      return amend(draft, command)
    case 'renew':
      return renew(draft, command)
    case 'live':
      return live(draft, command)
    case 'release_due':
      return releaseDue(draft)
    case 'api':
      return callApi(draft, command)
    case 'set_pushing':
      return setPushing(draft, command)
    case 'push_done':
      return pushDone(draft, command)
    case 'set_receiver':
      return setReceiver(draft, command)
    case 'receive_webhook':
      return receiveWebhook(draft, command)
    case 'run_task':
      return runTask(draft, command)
    case 'stop_task':
      return stopTask(draft, command)
    case 'restart_task':
      return restartTask(draft, command)
    case 'task_reported':
      return taskReported(draft, command)
    case 'rotate_key':
      return rotateKey(draft, command)
    case 'keep_signing_key':
      return keepSigningKey(draft, command)
    case 'set_fault':
      return setFault(draft, command)
    case 'clear_faults':
      return clearFaults(draft, command)
    case 'set_knobs':
      return setKnobs(draft, command)
    case 'set_business_time':
      return setBusinessTime(draft, command)
  }
}
