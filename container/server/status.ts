/** GET /status in the container: how entitlement, meter and spool stand, for a person and for an alarm. Pure; no secret. */
import type { RuntimeStatus } from '../runtime.ts'

/** The answer before AWS has said that the container may run. `why`: what it waits for; null: AWS was not asked yet. */
export const startingView = (why: string | null, now: number): object => ({
  state: 'starting',
  now: instant(now),
  why,
})

/** The answer. Hours and times are RFC 3339; units are whole numbers as text. `more`: sentences of other parts. */
export function statusView(status: RuntimeStatus, more: readonly string[], now: number): object {
  const { product, platform, startedAt, stopping, entitlement, warnings, skewMs, meter } = status
  return {
    state: stopping ? 'stopping' : 'ready',
    now: instant(now),
    startedAt: instant(startedAt),
    product,
    platform: platform === null ? null : { ...platform, startedAt: instant(platform.startedAt) },
    entitlement: {
      ...entitlement,
      until: instant(entitlement.until),
      checkedAt: instant(entitlement.checkedAt),
    },
    skewMs,
    meter:
      meter === null
        ? null
        : {
            ...meter,
            oldestUnsentHour: instant(meter.oldestUnsentHour),
            receipts: meter.receipts.map((one) => ({ ...one, hour: instant(one.hour), at: instant(one.at) })),
            doubtful: meter.doubtful.map((one) => ({ ...one, hour: instant(one.hour) })),
            adopted: meter.adopted.map((one) => ({ ...one, at: instant(one.at) })),
          },
    alarms: [...warnings, ...(meter?.alarms ?? []), ...more],
  }
}

const instant = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())
