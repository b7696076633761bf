/** The Submitter as a Durable Object: its core in Cloudflare's home, one AWS account and Region. No behaviour of its own. */
import { DurableObject } from 'cloudflare:workers'
import { describeFailure } from '../../shared/aws/failure.ts'
import type { Clocks } from '../../shared/clock.ts'
import type { Month } from '../../shared/hour.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Backlog } from '../../shared/submission/backlog.ts'
import type { Asked, LetGo } from '../../shared/submission/let-go.ts'
import type { FrozenRecord, OfferAnswer, Settlement } from '../../shared/submission/record.ts'
import type { CopiesPage } from '../../shared/submission/restore.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import { answerDry, batchMeterUsage } from '../aws/metering.ts'
import type { AwsAccess } from '../env.ts'
import { objectHome } from './object-home.ts'
import { openOnceLive, type OnceLive } from './once-live.ts'
import type { Meter } from './ports.ts'
import { openSubmitterCore, type Pace, type SubmitterCalls, type SubmitterCore } from './submitter-core.ts'

export interface SubmitterOptions extends Pace {
  readonly clocks: Clocks
  /** Waits in wall time: AWS's quota does not know ours. */
  readonly pause: (ms: number) => Promise<void>
  /** What AWS is called with; `dry`: it is not called; or a sentence why it cannot be: then nothing is sent, nothing is lost. */
  readonly access: (env: Env) => Result<AwsAccess | 'dry', string>
  /** The names of all Submitters of the deployment. */
  readonly siblings: (env: Env) => Promise<readonly string[]>
}

export type SubmitterClass = new (ctx: DurableObjectState, env: Env) => DurableObject<Env> & SubmitterCalls

/** The class over its clocks and pace; the entry exports it under the name of the binding. */
export function submitterObject(options: SubmitterOptions): SubmitterClass {
  return class SubmitterObject extends DurableObject<Env> implements SubmitterCalls {
    readonly #core: SubmitterCore

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env)
      const own = objectHome(ctx, options.clocks, env)
      const home = {
        ...own,
        ledger: (subscription: string) => env.LEDGER.getByName(subscription),
        meter: () =>
          meterOf(options.access(env), openOnceLive(own.sql), options.clocks.business(), isLiveElsewhere),
        standing: () => standingOf(options.access(env), openOnceLive(own.sql)),
        pause: options.pause,
      }
      const isLiveElsewhere = async (): Promise<boolean> => {
        for (const name of await options.siblings(env))
          if ((await env.SUBMITTER.getByName(name).backlog()).live) return true
        return false
      }
      this.#core = openSubmitterCore(home, options)
    }

    async offer(records: readonly FrozenRecord[]): Promise<OfferAnswer[]> {
      return this.#core.offer(records)
    }

    async guard(month: Month): Promise<number> {
      return this.#core.guard(month)
    }

    async runDue(now?: number): Promise<number | null> {
      return this.#core.runDue(now)
    }

    async nextWake(): Promise<number | null> {
      return this.#core.nextWake()
    }

    async enlist(subscription: string): Promise<void> {
      return this.#core.enlist(subscription)
    }

    async visit(limit: number): Promise<number> {
      return this.#core.visit(limit)
    }

    async unsubscribed(): Promise<string[]> {
      return this.#core.unsubscribed()
    }

    async asked(subscriptions: readonly string[]): Promise<void> {
      return this.#core.asked(subscriptions)
    }

    async backlog(): Promise<Backlog> {
      return this.#core.backlog()
    }

    async letGo(asked: readonly Asked[]): Promise<LetGo[]> {
      return this.#core.letGo(asked)
    }

    async copiesOf(subscription: SubscriptionId, after: string, limit: number): Promise<CopiesPage> {
      return this.#core.copiesOf(subscription, after, limit)
    }

    async endCopies(subscription: SubscriptionId, settlements: readonly Settlement[]): Promise<void> {
      return this.#core.endCopies(subscription, settlements)
    }

    async holdSending(held: boolean): Promise<void> {
      return this.#core.holdSending(held)
    }

    override async alarm(): Promise<void> {
      return this.#core.alarm()
    }
  }
}

/** Asked before an attempt is stored: without credentials nothing is begun that would count as unanswered. */
async function meterOf(
  access: Result<AwsAccess | 'dry', string>,
  live: OnceLive,
  now: number,
  isLiveElsewhere: () => Promise<boolean>,
): Promise<Result<Meter, string>> {
  if (!access.ok) return access
  const aws = access.value
  if (aws === 'dry') {
    if (!live.isMarked() && (await isLiveElsewhere())) live.mark(now)
    return live.isMarked() ? err(ONCE_LIVE) : ok(async (_region, records) => ok(answerDry(records)))
  }
  const credentials = await aws.credentials()
  if (!credentials.ok) return err(`no AWS credentials: ${describeFailure(credentials.error)}`)
  live.mark(now)
  return ok((region, records) => batchMeterUsage(aws, region, records))
}

function standingOf(access: Result<unknown, string>, live: OnceLive): Pick<Backlog, 'live' | 'silent'> {
  if (!live.isMarked()) return {}
  return access.ok && access.value === 'dry' ? { live: true, silent: ONCE_LIVE } : { live: true }
}

const ONCE_LIVE =
  'This deployment has billed at AWS, and METERING is dry now: nothing is sent and nothing is settled, for what waits would never be billed. The seller has to deploy it live again, and use another stack to try things.'
