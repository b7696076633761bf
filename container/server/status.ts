/** GET /status in the container: how entitlement, meter and spool stand, for a person and for an alarm. Pure; no secret. */
import type { Entitlements } from '../entitlement/mode.ts'
import type { MeterStatus } from '../metering/meter.ts'

export interface Standing {
  readonly version: string
  readonly product: string
  /** `ecs`, `eks`; Region and task as AWS knows them. */
  readonly platform: { readonly kind: string; readonly region: string; readonly task: string }
  readonly state: 'starting' | 'ready' | 'stopping'
  readonly startedAt: number
  /** Null before AWS has answered. */
  readonly entitlements: Entitlements | null
  readonly meter: MeterStatus | null
  /** Sentences of other parts: zombies, a lease that is not extended. */
  readonly alarms: readonly string[]
}

/** The answer. Hours and times are RFC 3339; units are whole numbers as text. */
export function statusView(standing: Standing, now: number): object {
  const { entitlements, meter, startedAt, alarms, ...rest } = standing
  return {
    ...rest,
    now: instant(now),
    startedAt: instant(startedAt),
    entitlement:
      entitlements === null
        ? null
        : {
            ...entitlements,
            until: instant(entitlements.until),
            checkedAt: instant(entitlements.checkedAt),
          },
    meter:
      meter === null
        ? null
        : {
            ...meter,
            oldestUnsentHour: instant(meter.oldestUnsentHour),
            receipts: meter.receipts.map((one) => ({
              ...one,
              hour: instant(one.hour),
              at: instant(one.at),
            })),
            doubtful: meter.doubtful.map((one) => ({ ...one, hour: instant(one.hour) })),
            adopted: meter.adopted.map((one) => ({ ...one, at: instant(one.at) })),
          },
    alarms: [...(meter?.alarms ?? []), ...alarms],
  }
}

const instant = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())
