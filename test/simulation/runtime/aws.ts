/** AWS on the far side of the wire: the simulator's own machine in process, and everything that befalls a call on its way. */
import { batchRequest } from '../../../shared/aws/batch-meter-usage.ts'
import type { CallFailure } from '../../../shared/aws/failure.ts'
import { err, ok, type Result } from '../../../shared/result.ts'
import type { FrozenRecord } from '../../../shared/submission/record.ts'
import { edgeIdentity } from '../../../shared/subscription.ts'
import type { Answers, ApiAnswer, CommandKind, CommandOf } from '../../../simulator/marketplace/commands.ts'
import { apply, newState } from '../../../simulator/marketplace/machine.ts'
import type { Json, State } from '../../../simulator/marketplace/model.ts'
import type { Faults } from '../faults.ts'
import type { AwsCall } from '../history.ts'
import type { Random } from '../random.ts'
import type { Time } from './time.ts'
import type { Weather } from './weather.ts'

/** What our side gives up on after so long. Source: worker/aws/metering.ts. */
const TIMEOUT_MS = 20_000

/** What AWS says of one record that it never takes. The last is its word for a record out of time, and most frequent. */
const REFUSALS = [
  'ValidationException',
  'InvalidTagException',
  'InvalidUsageAllocationsException',
  'TimestampOutOfBoundsException',
  'TimestampOutOfBoundsException',
  'TimestampOutOfBoundsException',
] as const

type Answer = Result<unknown, CallFailure>

export interface Aws {
  readonly state: State
  readonly calls: AwsCall[]
  /** Ids of records that somebody else wrote. */
  readonly strangers: Set<string>
  /** Carries out a command now. */
  do<K extends CommandKind>(command: CommandOf<K>): Answers[K]
  /** One BatchMeterUsage call as our side sees it; `reply` is called once, in a later step. */
  send(region: string, records: readonly FrozenRecord[], reply: (answer: Answer) => void): void
}

export interface AwsWorld {
  readonly seed: number
  readonly time: Time
  readonly faults: Faults
  readonly random: Random
  readonly weather: Weather
  readonly seller: string
  readonly note: (line: string) => void
  /** Counts an answer for the coverage. */
  readonly saw: (answer: string) => void
}

export function openAws(world: AwsWorld): Aws {
  const { time, faults, random, weather, note } = world
  const state = newState(world.seed, time.now())
  const calls: AwsCall[] = []
  const strangers = new Set<string>()
  const poisoned = new Map<string, string>()

  const act = <K extends CommandKind>(command: CommandOf<K>): Answers[K] =>
    apply(state, command, { business: time.now(), wall: time.now() }).answer

  /** While a product moves to licenses AWS takes both forms, and a record in each is billed twice (facts §2.3). */
  const call = (region: string, body: { readonly UsageRecords: Json[] }): ApiAnswer => {
    const caller = { account: world.seller, region }
    const legacy =
      'ProductCode' in body
        ? []
        : Object.values(state.agreements).filter((one) => one.customerIdentifier !== null)
    for (const one of legacy) state.agreements[one.id] = { ...one, customerIdentifier: null }
    const answer = act<'api'>({ kind: 'api', operation: 'BatchMeterUsage', caller, input: body })
    for (const one of legacy) state.agreements[one.id] = one
    return answer
  }

  /** The call as AWS carries it out, and its answer as the wire would bring it. */
  function arrive(region: string, records: readonly FrozenRecord[]): Answer {
    calls.push({ at: time.now(), region, records: records.map(seenRecord) })
    const [victim] = records
    if (victim !== undefined && faults.hit('aws-somebody')) meterAsStranger(region, victim)
    const refusal = weather.refuses(records) ?? poison(records)
    if (refusal !== undefined) return refused(refusal)
    if (faults.hit('aws-throttled')) return refused('ThrottlingException')
    if (faults.hit('aws-error-before')) return failed()
    if (faults.hit('aws-error-partly') && records.length > 1) {
      read(call(region, bodyOf(records.slice(0, random.whole(1, records.length - 1)))))
      return failed()
    }
    if (faults.hit('aws-unprocessed')) {
      const some = random.pick(['all', 'some', 1] as const)
      act({
        kind: 'set_fault',
        fault: { kind: 'unprocessed', records: some },
        on: 'BatchMeterUsage',
        count: 1,
      })
    }
    const absent = records.filter((record) => weather.unknownBuyer(record))
    const answer =
      absent.length === 0
        ? read(call(region, bodyOf(records)))
        : withAbsent(
            absent.length === records.length
              ? ok({ Results: [], UnprocessedRecords: [] })
              : read(call(region, bodyOf(records.filter((record) => !absent.includes(record))))),
            bodyOf(absent),
          )
    if (faults.hit('aws-error-after')) return failed()
    return spoil(answer)
  }

  /** A record that AWS never takes, and sinks every call it is in. */
  function poison(records: readonly FrozenRecord[]): string | undefined {
    for (const { key } of records)
      if (!poisoned.has(key)) poisoned.set(key, faults.hit('aws-poison-record') ? random.pick(REFUSALS) : '')
    return records.map((record) => poisoned.get(record.key)).find((name) => name !== undefined && name !== '')
  }

  /** What a proxy or a new version of AWS may make of a good answer. */
  function spoil(answer: Answer): Answer {
    if (!answer.ok) return answer
    if (faults.hit('aws-garbage')) {
      world.saw('a 200 nobody can read')
      return err({ kind: 'unexpected_body', message: '200 with 11 characters that are no JSON object' })
    }
    const body = structuredClone(answer.value) as {
      Results: { UsageRecord: { Quantity: number }; Status: string }[]
      UnprocessedRecords: unknown[]
    }
    const [first] = body.Results
    if (first === undefined) return answer
    if (faults.hit('aws-forgets-one')) body.Results.shift()
    else if (faults.hit('aws-other-quantity')) first.UsageRecord.Quantity += 1
    else if (faults.hit('aws-unknown-status')) first.Status = 'Accepted'
    else if (faults.hit('aws-in-both-lists')) body.UnprocessedRecords.push(first.UsageRecord)
    else return answer
    world.saw('an answer that fits no record')
    return ok(body)
  }

  /** Another program of the seller's meters the hour of this record just before we do. */
  function meterAsStranger(region: string, record: FrozenRecord): void {
    const before = new Set(Object.keys(state.bill))
    call(region, bodyOf([{ ...record, quantity: record.quantity + 1 }]))
    for (const [key, billed] of Object.entries(state.bill)) if (!before.has(key)) strangers.add(billed.id)
  }

  function read(answer: ApiAnswer): Answer {
    if (!answer.ok) return refused(answer.code, answer.status)
    const body = answer.body as { Results: { Status: string }[]; UnprocessedRecords: unknown[] }
    for (const { Status } of body.Results) world.saw(Status)
    for (const _ of body.UnprocessedRecords) world.saw('UnprocessedRecords')
    return ok(answer.body)
  }

  function refused(name: string, status = 400): Answer {
    world.saw(name)
    return err({ kind: 'refused', name, message: name, status })
  }

  function failed(): Answer {
    world.saw('500')
    return err({ kind: 'refused', name: 'InternalServiceErrorException', message: '', status: 500 })
  }

  function withAbsent(answer: Answer, absent: { UsageRecords: readonly Json[] }): Answer {
    if (!answer.ok) return answer
    const body = answer.value as { Results: Json[]; UnprocessedRecords: Json[] }
    const results = absent.UsageRecords.map((UsageRecord) => ({
      UsageRecord,
      Status: 'CustomerNotSubscribed',
    }))
    for (const _ of results) world.saw('CustomerNotSubscribed')
    return ok({ ...body, Results: [...body.Results, ...results] })
  }

  return {
    state,
    calls,
    strangers,
    do: act,

    send(region, records, reply) {
      let answered = false
      const answer = (at: number, value: Answer): void =>
        time.at(at, () => {
          if (answered) return
          answered = true
          note(`AWS answers ${sayAnswer(value)}`)
          reply(value)
        })
      const silence = (why: string): Answer => {
        world.saw(why)
        return err({ kind: 'unreachable', cause: 'timeout', message: why })
      }
      const sent = time.now()
      note(
        `AWS is sent ${records.map((record) => `${record.quantity} of ${record.key.slice(-60)}`).join(', ')}`,
      )
      if (weather.away()) return answer(sent + 2_000, silence('no connection'))
      if (faults.hit('aws-request-lost')) return answer(sent + TIMEOUT_MS, silence('no answer'))
      if (faults.hit('aws-late')) {
        time.at(sent + random.whole(30_000, 1_800_000), () => void arrive(region, records))
        return answer(sent + TIMEOUT_MS, silence('no answer'))
      }
      time.at(sent + random.whole(20, 300), () => {
        const value = arrive(region, records)
        if (faults.hit('aws-reply-lost')) answer(sent + TIMEOUT_MS, silence('no answer'))
        else answer(time.now() + random.whole(20, 300), value)
      })
    },
  }
}

const bodyOf = (records: readonly FrozenRecord[]): { UsageRecords: Json[] } =>
  batchRequest(records) as object as { UsageRecords: Json[] }

function seenRecord({ dimension, timestamp, quantity, ...record }: FrozenRecord): AwsCall['records'][number] {
  const identity = edgeIdentity(record.identity)
  const of = identity.kind === 'license' ? identity.licenseArn : identity.productCode
  const who = identity.kind === 'product-customer' ? identity.customerIdentifier : identity.account
  return { of, who, dimension, timestamp, quantity }
}

function sayAnswer(answer: Answer): string {
  if (!answer.ok) return answer.error.kind === 'refused' ? answer.error.name : answer.error.kind
  const body = answer.value as { Results: { Status: string }[]; UnprocessedRecords: unknown[] }
  const words = body.Results.map((result) => result.Status)
  return [...words, ...body.UnprocessedRecords.map(() => 'unprocessed')].join(', ')
}
