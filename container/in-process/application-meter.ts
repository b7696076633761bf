/** The meter an application holds: counters, events, and their way to where they are kept. Given its sink, clock and timer; no environment. */
import { err, type Result } from '../../shared/result.ts'
import type { UsageEvent } from '../../shared/usage/event.ts'
import { readMeasure } from '../../shared/usage/measure.ts'
import { readText } from '../../shared/usage/text.ts'
import { readTime } from '../../shared/usage/time.ts'
import type { ApplicationMeter, Entitlements, LeftOver, RefusedUsage, Usage } from './api.ts'
import { openCounters } from './counters.ts'
import { openReporter, type ReporterPorts } from './reporter.ts'

export interface ApplicationMeterPorts extends Omit<ReporterPorts, 'drain'> {
  entitlements(): Entitlements
  status(): object
  /** After the last flush; at most `withinMs`. */
  end(withinMs: number): Promise<LeftOver>
  /** How long an end may take if nothing is said, ms. */
  readonly stopMs: number
}

export interface Held {
  readonly meter: ApplicationMeter
  /** As far as it goes without waiting: for the end of the process. */
  readonly flushNow: () => void
}

/** A meter that counts nothing, for what is not charged by usage: an application says the same under every pricing. */
export const UNCOUNTED = (): { readonly kind: 'taken' } => ({ kind: 'taken' })

export function openApplicationMeter(ports: ApplicationMeterPorts): Held {
  const { source, now } = ports
  const counters = openCounters((meter) => {
    const read = readText('meter', meter, 'bad-meter')
    if (!read.ok) throw new TypeError(read.error.message)
  })
  const reporter = openReporter({ ...ports, drain: () => counters.drain() })
  let closing: Promise<LeftOver> | null = null

  function report(usage: Usage): boolean {
    if (closing !== null) return false
    const read = readUsage(usage, source, now())
    if (read.ok) return reporter.report(read.value, usage.id !== undefined)
    ports.onRefused([{ ...read.error, meter: usage.meter }])
    return false
  }

  async function close(withinMs: number): Promise<LeftOver> {
    reporter.stop()
    const late = new Promise<string>((done) => ports.later(withinMs, () => done('its time was over')))
    const why = await Promise.race([reporter.flush(), late])
    const waiting = reporter.waiting()
    const left = await ports.end(withinMs)
    if (why === null || waiting === 0) return left
    const message = `${waiting} reports of usage are lost with the process, for the disk did not take them: ${why}`
    return { records: left.records + waiting, message: [left.message, message].filter(Boolean).join(' ') }
  }

  return {
    flushNow: () => reporter.flushNow(),
    meter: {
      count: counters.count,
      counter: counters.counter,
      report,
      entitlements: () => ports.entitlements(),
      status: () => ports.status(),
      flush: async () => (await reporter.flush()) === null,
      close: (withinMs = ports.stopMs) => (closing ??= close(withinMs)),
    },
  }
}

function readUsage(
  usage: Usage,
  source: string,
  now: number,
): Result<UsageEvent, Omit<RefusedUsage, 'meter'>> {
  const fields: Partial<Record<'quantity' | 'value' | 'series' | 'key', unknown>> = usage
  const { quantity, value, series, key } = fields
  const time = readTime(usage.time ?? now)
  if (!time.ok) return time
  const id = usage.id === undefined ? null : readText('id', usage.id, 'bad-id')
  if (id !== null && !id.ok) return err(id.error)
  return readMeasure(
    { meter: usage.meter, quantity, value, series, key },
    { source, id: id?.value ?? usage.meter, time: time.value },
  )
}
