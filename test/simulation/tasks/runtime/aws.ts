/** AWS for a cluster's tasks: the simulator's own machine in process, and everything that befalls a MeterUsage call on its way. */
import type { CallFailure } from '../../../../shared/aws/failure.ts'
import { err, ok, type Result } from '../../../../shared/result.ts'
import type { Answers, CommandKind, CommandOf } from '../../../../simulator/marketplace/commands.ts'
import { apply, newState } from '../../../../simulator/marketplace/machine.ts'
import type { Json, SimulatorView, State } from '../../../../simulator/marketplace/model.ts'
import type { Random } from '../../random.ts'
import type { Time } from '../../runtime/time.ts'
import type { Faults } from '../faults.ts'
import type { MeterCall } from '../history.ts'
import type { Weather } from './weather.ts'

export const BUYER = '100000000001'
export const PRODUCT = {
  key: 'container',
  id: 'prod-q6xc2y9sl4g7p',
  code: '9w3jx5t7q1bn4gz6k8yd2vhm0',
} as const
export const REGION = 'us-east-1'

/** What our side gives up on after so long. Source: container/aws/access.ts. */
const TIMEOUT_MS = 10_000

/** What MeterUsage is asked. */
export interface Asked {
  readonly ProductCode: string
  readonly Timestamp: number
  readonly UsageDimension: string
  readonly UsageQuantity: number
  readonly ClientToken: string
}

/** `dateMs`: the `Date` of the answer; null: nothing came. */
export interface Reply {
  readonly answer: Result<string, CallFailure>
  readonly dateMs: number | null
}

/** Who signs a call: AWS's own id of the task, and what it is called. */
export interface Caller {
  readonly id: string
  readonly task: string
  readonly file: string
}

export interface Aws {
  readonly state: State
  readonly calls: MeterCall[]
  /** Ids of records that another program wrote. */
  readonly strangers: Set<string>
  do<K extends CommandKind>(command: CommandOf<K>): Answers[K]
  /** A new task of the buyer. */
  run(launch: 'ecs' | 'eks'): { readonly id: string; readonly task: string; readonly startedAt: number }
  /** One call as our side sees it. `left`: it is on its way; `reply` is called once, in a later step. */
  meter(
    caller: Caller,
    asked: Asked,
    on: { readonly left?: () => void; readonly reply: (reply: Reply) => void },
  ): void
  /** The dry run that a start asks with. */
  dryRun(caller: Caller, asked: Asked, reply: (reply: Reply) => void): void
  /** Another program under the task's role writes the hour first. */
  meterAsStranger(caller: Caller, dimension: string, hour: number, quantity: number): void
}

export interface AwsWorld {
  readonly seed: number
  readonly time: Time
  readonly faults: Faults
  readonly random: Random
  readonly weather: Weather
  readonly dimensions: readonly string[]
  readonly note: (line: string) => void
  readonly saw: (answer: string) => void
}

export function openAws(world: AwsWorld): Aws {
  const { time, faults, random, weather, note } = world
  // A day before: who buys has been told of it when the first task starts.
  const state = newState(world.seed, time.now() - 86_400_000)
  const calls: MeterCall[] = []
  const strangers = new Set<string>()

  const act = <K extends CommandKind>(command: CommandOf<K>, at = time.now()): Answers[K] =>
    apply(state, command, { business: at, wall: at }).answer

  act({ kind: 'set_view', view: viewOf(world.dimensions) }, time.now() - 86_400_000)
  act({ kind: 'subscribe', product: PRODUCT.key, account: BUYER }, time.now() - 86_400_000)
  act({ kind: 'release_due' })

  /** The machine's own word. */
  function operate(
    caller: Caller,
    asked: Asked & { readonly DryRun?: boolean },
  ): Result<string, CallFailure> {
    const answer = act<'api'>({
      kind: 'api',
      operation: 'MeterUsage',
      caller: { account: BUYER, region: REGION, task: caller.id },
      input: { ...asked },
    })
    if (!answer.ok) return refused(answer.code, answer.status)
    return ok(textIn(answer.body) ?? '')
  }

  const refused = (name: string, status = 400): Result<never, CallFailure> =>
    err({ kind: 'refused', name, message: name, status })

  /** The call as AWS carries it out, and its answer as the wire would bring it. */
  function arrive(caller: Caller, asked: Asked): Result<string, CallFailure> {
    const word = weather.refuses()
    if (word !== undefined) return refused(word)
    if (faults.hit('aws-throttled')) return refused('ThrottlingException')
    if (faults.hit('aws-error-before')) return refused('InternalServiceErrorException', 500)
    if (faults.hit('aws-unknown')) return refused('SomethingNewException')
    const answer = operate(caller, asked)
    if (faults.hit('aws-error-after')) return refused('InternalServiceErrorException', 500)
    if (answer.ok && faults.hit('aws-garbage'))
      return random.chance(0.5)
        ? err({ kind: 'unexpected_body', message: '200 with 11 characters that are no JSON object' })
        : err({ kind: 'unexpected_status', status: 302 })
    return answer
  }

  return {
    state,
    calls,
    strangers,
    do: (command) => act(command),

    run(launch) {
      const made = act({ kind: 'run_task', account: BUYER, launch, product: PRODUCT.key })
      if (!made.ok) throw new Error(made.error.message)
      const task = state.tasks[made.value.id]
      if (task === undefined) throw new Error('the task was not made')
      return { id: task.id, task: task.task, startedAt: task.startedAt }
    },

    meter(caller, asked, { left, reply }) {
      const sent = time.now()
      const place = calls.length
      const call: MeterCall = {
        at: sent,
        task: caller.task,
        file: caller.file,
        dimension: asked.UsageDimension,
        timestamp: asked.Timestamp * 1000,
        quantity: asked.UsageQuantity,
        token: asked.ClientToken,
        answer: null,
      }
      calls.push(call)
      note(
        `${caller.task} sends ${asked.UsageQuantity} ${asked.UsageDimension} of ${new Date(asked.Timestamp * 1000).toISOString()}`,
      )
      let answered = false
      const answer = (at: number, word: Reply['answer']): void =>
        time.at(at, () => {
          if (answered) return
          answered = true
          const said = sayAnswer(word)
          world.saw(said)
          note(`AWS answers ${caller.task}: ${said}`)
          if (isAnswer(word)) calls[place] = { ...call, answer: said }
          const dateMs =
            word.ok || word.error.kind !== 'unreachable' ? Math.floor(time.now() / 1000) * 1000 : null
          reply({ answer: word, dateMs })
        })
      const silence = (why: string): Reply['answer'] =>
        err({ kind: 'unreachable', cause: 'timeout', message: why })
      if (weather.withoutCredentials())
        return answer(sent + 2_000, err({ kind: 'not_sent', message: 'no credentials' }))
      if (weather.away()) return answer(sent + 3_000, silence('no connection'))
      if (faults.hit('aws-request-lost')) {
        left?.()
        return answer(sent + TIMEOUT_MS, silence('no answer'))
      }
      if (faults.hit('aws-late')) {
        left?.()
        time.at(sent + random.whole(30_000, 1_800_000), () => void arrive(caller, asked))
        return answer(sent + TIMEOUT_MS, silence('no answer'))
      }
      time.at(sent + random.whole(20, 300), () => {
        left?.()
        const word = arrive(caller, asked)
        if (faults.hit('aws-reply-lost')) answer(sent + TIMEOUT_MS, silence('no answer'))
        else answer(time.now() + random.whole(20, 300), word)
      })
    },

    dryRun(caller, asked, reply) {
      const said = (at: number, answer: Reply['answer']): void =>
        time.at(at, () => {
          const heard = answer.ok || answer.error.kind === 'refused'
          reply({ answer, dateMs: heard ? Math.floor(time.now() / 1000) * 1000 : null })
        })
      if (weather.withoutCredentials())
        return said(time.now() + 2_000, err({ kind: 'not_sent', message: 'no credentials' }))
      if (weather.away())
        return said(
          time.now() + 3_000,
          err({ kind: 'unreachable', cause: 'network', message: 'no connection' }),
        )
      time.at(time.now() + random.whole(20, 300), () => {
        const word = weather.refuses()
        const answer = word === undefined ? operate(caller, { ...asked, DryRun: true }) : refused(word)
        const isGood =
          !answer.ok && answer.error.kind === 'refused' && answer.error.name.startsWith('DryRunOperation')
        said(time.now() + random.whole(20, 300), isGood ? ok('') : answer)
      })
    },

    meterAsStranger(caller, dimension, hour, quantity) {
      const asked: Asked = {
        ProductCode: PRODUCT.code,
        Timestamp: hour / 1000,
        UsageDimension: dimension,
        UsageQuantity: quantity,
        ClientToken: `stranger-${hour}-${dimension}`,
      }
      const before = new Set(Object.keys(state.bill))
      const word = operate(caller, asked)
      note(`another program writes ${quantity} ${dimension} of ${caller.task}: ${sayAnswer(word)}`)
      for (const [key, record] of Object.entries(state.bill)) if (!before.has(key)) strangers.add(record.id)
    },
  }
}

/** True where AWS said whether it acted. */
const isAnswer = (word: Reply['answer']): boolean =>
  word.ok || word.error.kind === 'not_sent' || (word.error.kind === 'refused' && word.error.status < 500)

function sayAnswer(word: Reply['answer']): string {
  if (word.ok) return 'Success'
  return word.error.kind === 'refused' ? word.error.name : word.error.kind
}

function textIn(body: Json): string | null {
  const id =
    typeof body === 'object' && body !== null && !Array.isArray(body) ? body['MeteringRecordId'] : null
  return typeof id === 'string' ? id : null
}

const viewOf = (dimensions: readonly string[]): SimulatorView => ({
  sellerAccount: '294406891311',
  sellerName: 'Skillsmith',
  buyers: [{ account: BUYER, name: BUYER }],
  products: [
    {
      ...PRODUCT,
      title: 'Skillsmith (container)',
      kind: 'container',
      pricing: 'custom-metering',
      integration: 'license',
      dimensions: dimensions.map((key) => ({
        key,
        title: key,
        unit: 'Requests',
        price: '0.0001',
        metered: true,
        offered: true,
      })),
    },
  ],
})
