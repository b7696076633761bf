/**
 * How long `pulumi preview` waits for the program and how much memory that takes, with everything switched on, against a
 * program of one resource: `node test/bench/plan.ts`. The CLI's own time is not in it.
 */
import { runProgram, type Ran, type RunOptions } from '../support/engine.ts'
import { PUBLIC_URL } from '../support/stack.ts'
import { median, print } from './line.ts'

const ROUNDS = 5
const SECONDS_MAX = 3
const PEAK_BYTES_MAX = 400_000_000

const FULL: RunOptions['config'] = {
  publicUrl: PUBLIC_URL,
  metering: 'live',
  mailFrom: 'billing@example.com',
  pushKeyVersion: 2,
  usageWriters: ['210987654321'],
  productTeam: 'product@example.com',
  engineering: 'engineering@example.com',
  onCall: 'on-call@example.com',
  supportLead: 'support@example.com',
  publisherRepository: 'example/application',
  serviceProduct: 'container',
  serviceImage: '1.0.0',
}

const bare: Ran[] = []
const whole: Ran[] = []
// In turns, so that whatever else the machine does meets both alike. The first round warms the disk's cache.
for (let round = 0; round <= ROUNDS; round += 1) {
  const ran = [
    await measured({ program: 'test/system/programs/bare.mjs' }),
    await measured({ config: FULL }),
  ] as const
  if (round === 0) continue
  bare.push(ran[0])
  whole.push(ran[1])
}

const of = (runs: readonly Ran[], figure: 'seconds' | 'peakBytes') => median(runs.map((run) => run[figure]))
const seconds = of(whole, 'seconds')
const peak = of(whole, 'peakBytes')
print({
  id: 'plan-time',
  value: seconds * 1000,
  unit: 'ms',
  ratio: seconds / of(bare, 'seconds'),
  base: 'one resource',
  ok: seconds <= SECONDS_MAX,
})
print({
  id: 'plan-memory',
  value: peak,
  unit: 'bytes',
  ratio: peak / of(bare, 'peakBytes'),
  base: 'one resource',
  ok: peak <= PEAK_BYTES_MAX,
})

async function measured(options: RunOptions): Promise<Ran> {
  const ran = await runProgram({ ...options, preview: true })
  if (ran.exit !== 0)
    throw new Error(`the program ended with ${ran.exit}: ${ran.errors.join('\n')}${ran.printed}`)
  return ran
}
