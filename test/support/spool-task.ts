/**
 * A task's meter as a process of its own, for the tests that kill it: the container's own parts, with time and AWS told by its
 * parent. `node test/support/spool-task.ts <folder> <identity> <business time>`; each message is answered under its number.
 */
import { writeSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { openMeter } from '../../container/metering/open-meter.ts'
import { choosePlace } from '../../container/spool/place.ts'
import type { MeterUsageRequest, MeterUsageResult } from '../../shared/aws/meter-usage.ts'
import { dimension, used } from '../container/metering/stand.ts'

/** What the parent asks. `now`: business time, epoch ms; it only goes forward. */
export type Asked =
  | { readonly kind: 'take'; readonly now: number; readonly id: string; readonly calls: number }
  | { readonly kind: 'run'; readonly now: number }
  /** So much time passes on the host: signs of life are written, and others' looked at. */
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'close'; readonly now: number }
  | { readonly kind: 'status' }
  /** Counts one call after the other and writes each one's number to stdout when it is on disk, until it is killed. */
  | { readonly kind: 'flood'; readonly from: number }

export type Question = Asked & { readonly number: number }
export type Said =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'answer'; readonly number: number; readonly value: unknown }
  | { readonly kind: 'call'; readonly number: number; readonly request: MeterUsageRequest }
export interface Answered {
  readonly kind: 'result'
  readonly number: number
  readonly result: MeterUsageResult
}

const CUT_MS = 50_000

const [root = '', identity = '', time = ''] = process.argv.slice(2)
let now = Number(time)
let passed = 0
let calls = 0
const timers: { readonly ms: number; readonly run: () => void; at: number }[] = []
const calling = new Map<number, (result: MeterUsageResult) => void>()
const monotonicMs = (): number => performance.now() + passed
const say = (said: Said): void => void process.send?.(said)

const place = choosePlace([root])
if (!place.ok) throw new Error(place.error.why)
const opened = openMeter({
  place: place.value,
  product: {
    key: 'skills',
    id: 'prod-aaaaaaaaaaaaa',
    code: '9w3jx5t7q1bn4gz6k8yd2vhm0',
    title: 'Skills',
    pricing: 'custom-metering',
    metering: 'task',
    dimensions: [dimension('api_call', 'api_calls')],
    chargedBy: { plans: [], defaultPlan: null },
    register: null,
    checkouts: [],
  },
  platform: { kind: 'ecs', region: 'us-east-1', task: identity, startedAt: null },
  spoolClock: {
    monotonicMs,
    wallMs: () => Date.now(),
    every(ms, run) {
      timers.push({ ms, run, at: monotonicMs() + ms })
      return () => void (timers.length = 0)
    },
  },
  clocks: { business: () => now, wall: () => Math.round(monotonicMs()) },
  skewMs: () => null,
  calls: {
    meterUsage: (request) =>
      new Promise((resolve) => {
        calls += 1
        calling.set(calls, resolve)
        say({ kind: 'call', number: calls, request })
      }),
    dryRun: () => Promise.reject(new Error('no clock is wrong here')),
  },
  // The end of `close` is waited for as it is, everything shorter is cut.
  pause: (ms) =>
    new Promise((resolve) => void setTimeout(resolve, ms > CUT_MS ? ms : Math.min(ms, 20)).unref()),
})
if (!opened.ok) {
  say({ kind: 'refused', why: opened.error.kind })
  process.disconnect()
  process.exit(0)
}
const meter = opened.value
say({ kind: 'ready' })

process.on('message', (message: Question | Answered) => {
  if (message.kind === 'result') return calling.get(message.number)?.(message.result)
  void answer(message).then(
    (value) => say({ kind: 'answer', number: message.number, value }),
    (cause: unknown) => say({ kind: 'answer', number: message.number, value: String(cause) }),
  )
})

async function answer(asked: Asked): Promise<unknown> {
  if ('now' in asked) now = asked.now
  switch (asked.kind) {
    case 'take':
      return meter.take({ kind: 'ids', events: [used(now, asked.calls, { id: asked.id })] })[0]
    case 'run':
      return [...((await meter.look?.()) ?? []), ...(await meter.runDue(now))]
    case 'pass':
      return pass(asked.ms)
    case 'close':
      return meter.close(2 * CUT_MS)
    case 'status':
      return meter.status()
    case 'flood':
      return flood(asked.from)
  }
}

function pass(ms: number): null {
  for (let left = ms; left > 0; left -= 3_000) {
    passed += Math.min(3_000, left)
    for (const { run } of timers) run()
  }
  return null
}

function flood(from: number): never {
  for (let at = from; ; at += 1) {
    meter.take({ kind: 'ids', events: [used(now, 1, { id: `flood ${at}` })] })
    writeSync(1, `${at}\n`)
  }
}
