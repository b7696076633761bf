/** A container that may run: what its doors, its supervisor and `createMeter` work with, and its orderly end. No exit of the process. */
import type { Entitlements, EntitlementMode } from './entitlement/mode.ts'
import type { Intake } from './intake.ts'
import type { Left, Meter, MeterStatus } from './metering/meter.ts'
import type { Part } from './part.ts'
import type { Platform } from './platform/platform.ts'
import type { Pause } from './time.ts'
import type { ContainerProductView } from '../shared/seller/views.ts'

export interface Runtime {
  /** Null: the seller's own service (`TOLLGATE_TARGET=edge`), which AWS Marketplace knows nothing of. */
  readonly product: ContainerProductView | null
  /** Null: nothing is asked of AWS (free, BYOL, edge), and the container may run anywhere. */
  readonly platform: Platform | null
  /** Null: this pricing reports no usage to AWS (all but `custom-metering`). */
  readonly meter: Meter | null
  /**
   * Where the doors and `createMeter` put usage: `intakeOf(meter)`, or the forwarder to the edge or the agent. Null: usage
   * is not charged.
   */
  readonly intake: Intake | null
  /** What the loop drives: the entitlement check and the meter. */
  readonly parts: readonly Part[]
  entitlements(): Entitlements
  /** Told of each change: a renewal, an upgrade, an end. */
  onChange(listen: (now: Entitlements) => void): void
  /** Business time, epoch ms: AWS's, where it has said one. Cheap. */
  now(): number
  status(): RuntimeStatus
  /**
   * Stops the parts, sends what can be sent, gives a floating license back; at most `withinMs`. Answers what stayed. A
   * second call answers the first's promise.
   */
  stop(withinMs: number): Promise<Left>
}

/** For `/status`. Times are epoch ms; nothing in it is secret. */
export interface RuntimeStatus {
  readonly product: { readonly code: string; readonly title: string; readonly pricing: string } | null
  readonly platform: Platform | null
  readonly startedAt: number
  readonly stopping: boolean
  readonly entitlement: Entitlements
  /** One line each: what happened, whose move it is, what to do. */
  readonly warnings: readonly string[]
  /** AWS's clock minus the host's, ms; null before the first answer. */
  readonly skewMs: number | null
  readonly meter: MeterStatus | null
}

/** What `boot` has put together. */
export interface RuntimeParts {
  readonly product: ContainerProductView | null
  readonly platform: Platform | null
  readonly mode: EntitlementMode
  readonly meter: Meter | null
  readonly intake: Intake | null
  /** More that the loop drives. */
  readonly others: readonly Part[]
  readonly startedAt: number
  /** In the words of `RuntimeStatus.warnings`, as of now. */
  warnings(): readonly string[]
  skewMs(): number | null
  /** Business time. */
  now(): number
  /** Of wall time. */
  readonly pause: Pause
  readonly steadyMs: () => number
  /** Told when `stop` begins: the loop drives nothing from then on; resolves when what it drives has come to rest. */
  rest(): Promise<void>
}

/** Nothing was left to send. */
export const NOTHING_LEFT: Left = { records: 0, units: {}, message: null }

export function createRuntime(from: RuntimeParts): Runtime {
  const { mode, meter } = from
  let stopped: Promise<Left> | null = null

  async function stop(withinMs: number): Promise<Left> {
    const began = from.steadyMs()
    // A call to AWS under way has a timeout of its own; half of the time at least is kept for what has to be sent.
    await Promise.race([from.rest(), from.pause(withinMs / 2)])
    const restMs = Math.max(withinMs / 2, withinMs - (from.steadyMs() - began))
    const release = Promise.race([mode.release(), from.pause(restMs)])
    const left = meter === null ? NOTHING_LEFT : await meter.close(restMs)
    await release
    return left
  }

  return {
    product: from.product,
    platform: from.platform,
    meter,
    intake: from.intake,
    parts: [mode, ...(meter === null ? [] : [meter]), ...from.others],
    entitlements: () => mode.entitlements(),
    onChange: (listen) => mode.onChange(listen),
    now: () => from.now(),
    stop: (withinMs) => (stopped ??= stop(withinMs)),
    status: () => ({
      product:
        from.product === null
          ? null
          : { code: from.product.code, title: from.product.title, pricing: from.product.pricing },
      platform: from.platform,
      startedAt: from.startedAt,
      stopping: stopped !== null,
      entitlement: mode.entitlements(),
      warnings: from.warnings(),
      skewMs: from.skewMs(),
      meter: meter?.status() ?? null,
    }),
  }
}
