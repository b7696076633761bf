/** The container's own start and meter for a process of a seed: dry run, spool, claims and core, as a task opens them. */
import type { MeterUsage, MeteringCalls } from '../../../../container/aws/metering.ts'
import { err, ok, type Result } from '../../../../shared/result.ts'
import type { ContainerProductView } from '../../../../shared/seller/views.ts'
import { customMeteringMode } from '../../../../container/entitlement/custom-metering.ts'
import type { NotYet } from '../../../../container/entitlement/refusals.ts'
import { openMeterParts } from '../../../../container/metering/open-meter.ts'
import { persist } from '../../../../container/persist.ts'
import { faultOf } from '../../../../container/spool/faults.ts'
import { type Heir, openHeir } from '../../../../container/spool/inherit.ts'
import { choosePlace } from '../../../../container/spool/place.ts'
import type { Random } from '../../random.ts'
import { type Asked, PRODUCT, REGION } from './aws.ts'
import type { Opened, OpenMeter } from './cluster.ts'

/** What a task meters, as `seller.config.ts` would say it. */
export const productOf = (
  metering: 'task' | 'agent',
  dimensions: readonly string[],
): ContainerProductView => ({
  key: PRODUCT.key,
  id: PRODUCT.id,
  code: PRODUCT.code,
  title: 'Skillsmith',
  pricing: 'custom-metering',
  metering,
  dimensions: dimensions.map((key) => ({
    key,
    price: '0.0001',
    metered: true,
    charge: { kind: 'sum', meter: `m_${key}` },
    allowances: {},
  })),
  chargedBy: { plans: [], defaultPlan: null },
  register: null,
  checkouts: [],
})

export function meterOpener(
  metering: 'task' | 'agent',
  dimensions: readonly string[],
  random: Random,
): OpenMeter {
  const product = productOf(metering, dimensions)
  return async ({ process, root, task, send, dryRun, pause }): Promise<Opened | null> => {
    const { clock } = process
    const wall = (): number => process.now()
    /** AWS's clock minus the host's, as `container/aws/access.ts` keeps it. */
    let skewMs: number | null = null
    const heard = (dateMs: number | null): void => {
      if (dateMs !== null) skewMs = dateMs - process.now()
    }
    const patience = {
      wall,
      random: () => random.unit(),
      pause: (ms: number) => pause(ms),
      signal: new AbortController().signal,
      since: process.now(),
      onWait: () => {},
    }
    const through = (usage: MeterUsage): Asked => ({
      ProductCode: usage.productCode,
      Timestamp: Math.floor(usage.timestamp / 1_000),
      UsageDimension: usage.dimension,
      UsageQuantity: usage.quantity,
      ClientToken: usage.clientToken,
    })
    const calls: Pick<MeteringCalls, 'meterUsage' | 'dryRun'> = {
      async meterUsage(usage) {
        const { answer, dateMs } = await send(through(usage))
        heard(dateMs)
        return answer
      },
      async dryRun(usage) {
        const { answer, dateMs } = await dryRun(through(usage))
        heard(dateMs)
        return answer.ok ? ok(null) : answer
      },
    }

    const entitlement = customMeteringMode(product, {
      calls,
      token: () => 'dry run',
      now: () => process.now() + (skewMs ?? 0),
    })
    const entitled = await persist(async () => {
      const said = await entitlement.ask(process.now())
      return said.kind === 'entitled' ? ok(null) : err(said)
    }, patience)
    if (!entitled.ok) return null

    const place = choosePlace([root])
    if (!place.ok) return null
    if (metering === 'agent') {
      const heir = openHeir({
        place: place.value,
        productCode: product.code,
        identity: task.task,
        monotonicMs: () => clock.monotonicMs(),
      })
      if (!(await inherits(heir, pause))) return null
    }
    const opened = await persist(async (): Promise<Result<Opened, NotYet>> => {
      const parts = openMeterParts({
        place: place.value,
        product,
        platform: { kind: 'ecs', region: REGION, task: task.task, startedAt: task.startedAt },
        calls,
        clocks: { business: wall, wall },
        skewMs: () => skewMs,
        spoolClock: clock,
        pause,
      })
      if (!parts.ok) return err({ kind: 'again', code: parts.error.kind, why: parts.error.why })
      const { meter, spool } = parts.value
      const due = (): number | null => {
        try {
          const wake = spool.read((core) => core.nextWake(meter.now()))
          return wake === null ? null : process.now() + Math.max(0, wake - meter.now())
        } catch (error) {
          if (!(error instanceof Error) || error.name !== 'SpoolError') throw error
          return process.now() + 60_000
        }
      }
      return ok({ meter, due })
    }, patience)
    return opened.ok ? opened.value : null
  }
}

/** True once the agent before this one is gone; false: the disk does not say, and the platform tries again. */
async function inherits(heir: Heir, pause: (ms: number) => Promise<void>): Promise<boolean> {
  try {
    while (heir.look().kind === 'waiting') await pause(10_000)
    return true
  } catch (error) {
    if (faultOf(error) === null) throw error
    return false
  }
}
