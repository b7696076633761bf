/** What a breakage is, and the checks that may notice one. */

/** A command that ends with 0 while nothing is broken. */
export type Check = readonly string[]

const suite = (project: 'node' | 'worker', ...paths: string[]): Check => [
  'vitest',
  'run',
  ...(project === 'node' ? ['--config', 'test/vitest.config.ts'] : ['--project', project]),
  '--bail',
  '1',
  ...paths,
]

export const CHECKS = {
  handover: suite('node', 'test/shared/submission/handover.test.ts'),
  marks: suite('node', 'test/shared/submission/marks.test.ts'),
  order: suite('node', 'test/shared/submission/order.test.ts'),
  table: suite('node', 'test/shared/submission/table.test.ts'),
  answers: suite('node', 'test/shared/aws'),
  ledger: suite('node', 'test/shared/ledger/ledger.test.ts'),
  gauges: suite('node', 'test/shared/ledger/gauge.test.ts'),
  lifecycle: suite('node', 'test/shared/lifecycle'),
  hours: suite('node', 'test/shared/hour.test.ts'),
  clients: suite('node', 'test/simulation/scenarios/clients.test.ts'),
  time: suite('node', 'test/simulation/scenarios/time.test.ts'),
  failures: suite('node', 'test/shared/submission/failures.test.ts'),
  metrics: suite('worker', 'test/worker/metrics'),
  doors: suite('worker', 'test/worker/usage/take.test.ts'),
  identity: suite('worker', 'test/worker/lifecycle/identity.test.ts'),
  dry: suite('worker', 'test/worker/metering/dry.test.ts'),
  check: suite('worker', 'test/worker/operator/check.test.ts'),
  doctor: suite('node', 'test/commands/doctor/aws-checks.test.ts'),
  deliveries: suite('worker', 'test/worker/deliveries'),
  push: suite('worker', 'test/worker/events/push.test.ts'),
  signing: suite('worker', 'test/worker/identity/signing-keys.test.ts'),
  tasks: suite('node', 'test/container/metering'),
  people: suite('worker', 'test/worker/people'),
  spool: suite('node', 'test/container/spool'),
  stack: suite(
    'node',
    ...['edge-identity', 'notifications', 'policies', 'publisher', 'registry'].map(
      (of) => `test/infra/${of}.test.ts`,
    ),
  ),
  program: suite('node', ...['combinations', 'live', 'settings'].map((of) => `test/infra/${of}.test.ts`)),
  deploy: suite('node', 'test/commands/deploy'),
} as const satisfies Record<string, Check>

export interface Breakage {
  /** The rule that no longer holds, and where it is written. */
  readonly name: string
  readonly file: string
  /** A text that is in the file exactly once, and what stands there instead. */
  readonly line: string
  readonly becomes: string
  readonly caughtBy: keyof typeof CHECKS
  /** Words of the name of the test that notices: only that one is run. Absent: the whole check. */
  readonly noticedBy?: string
}
