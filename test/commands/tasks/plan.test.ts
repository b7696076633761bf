/** Who runs tasks on this machine: what it does about each, what a container finds in its environment, and how it ended. */
import { expect, test } from 'vitest'
import { endingOf, levelOf } from '../../../commands/tasks/ending.ts'
import { environmentOf } from '../../../commands/tasks/environment.ts'
import { KILLED, type Known, planTasks } from '../../../commands/tasks/plan.ts'
import type { TaskView } from '../../../commands/tasks/view.ts'

const TASK: TaskView = {
  id: 'a',
  account: '111122223333',
  launch: 'ecs',
  product: 'container',
  desired: 'RUNNING',
  state: 'PENDING',
  restarts: 0,
  env: { AWS_REGION: 'us-east-1' },
}
const START = { kind: 'start', task: TASK }
const REPORT = { kind: 'report', id: 'a', report: KILLED }

test.each<[string, Partial<TaskView>, Known | undefined, object | undefined]>([
  ['one that nobody runs is started', {}, undefined, START],
  ['one that is being started is let alone', {}, { phase: 'starting', restarts: 0 }, undefined],
  [
    'one that ran when everything was killed is restarted',
    { state: 'RUNNING' },
    undefined,
    { kind: 'restart', id: 'a' },
  ],
  [
    'one that was to stop when everything was killed is said to have been',
    { state: 'RUNNING', desired: 'STOPPED' },
    undefined,
    REPORT,
  ],
  [
    'one that runs and is to stop is stopped',
    { state: 'RUNNING', desired: 'STOPPED' },
    { phase: 'running', restarts: 0 },
    { kind: 'stop', id: 'a' },
  ],
  [
    'one that was stopped while it was started is stopped',
    { state: 'STOPPED', desired: 'STOPPED' },
    { phase: 'starting', restarts: 0 },
    { kind: 'stop', id: 'a' },
  ],
  [
    'one that stops is not told again',
    { state: 'RUNNING', desired: 'STOPPED' },
    { phase: 'stopping', restarts: 0 },
    undefined,
  ],
  [
    'one whose restart was asked for is replaced',
    { restarts: 1 },
    { phase: 'running', restarts: 0 },
    { kind: 'replace', id: 'a' },
  ],
  [
    'one that runs after its restart is let alone',
    { state: 'RUNNING', restarts: 1 },
    { phase: 'running', restarts: 1 },
    undefined,
  ],
  ['one that stopped stays so', { state: 'STOPPED', desired: 'STOPPED' }, undefined, undefined],
])('%s', (_, change, container, act) => {
  const known = new Map(container === undefined ? [] : [['a', container] as const])
  expect(planTasks([{ ...TASK, ...change }], known)).toEqual(act === undefined ? [] : [act])
})

test('a container of a task that nobody knows any more is stopped, once', () => {
  expect(planTasks([], new Map([['b', { phase: 'running', restarts: 0 }]]))).toEqual([
    { kind: 'stop', id: 'b' },
  ])
  expect(planTasks([], new Map([['b', { phase: 'stopping', restarts: 0 }]]))).toEqual([])
})

test('a container finds what its platform gives, and of the developer’s shell only what every program needs', () => {
  const place = { appPort: 1, ownPort: 2, spool: '/volume', tokenFile: null }
  const shell = { PATH: '/bin', TOLLGATE_RUN: 'x', AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', HOME: '/home' }
  expect(environmentOf(TASK, place, shell)).toEqual({
    PATH: '/bin',
    AWS_REGION: 'us-east-1',
    TOLLGATE_SPOOL: '/volume',
    TOLLGATE_PORT: '2',
    HOST: '127.0.0.1',
    PORT: '1',
  })
  expect(environmentOf(TASK, { ...place, tokenFile: '/token' }, {})).toHaveProperty(
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    '/token',
  )
})

const REFUSAL = 'tollgate: the account is not entitled: subscribe on AWS Marketplace'
const LOGGED = JSON.stringify({ level: 'error', event: 'refused', message: REFUSAL })

test.each([
  [77, null, [REFUSAL], 77, REFUSAL],
  [78, null, ['(node:1) Warning: experimental', LOGGED, '{"level":"info","event":"ended"}'], 78, REFUSAL],
  [
    1,
    null,
    ['cannot open the catalogue', '{"level":"info","event":"ended"}', ''],
    1,
    'cannot open the catalogue',
  ],
  [1, null, ['x.ts:1', 'Error: no such file', '    at x', 'Node.js v24'], 1, 'Error: no such file'],
  [3, null, [], 3, 'Ended with exit code 3; its log says more.'],
  [137, null, [], 137, 'Ended with exit code 137, as by SIGKILL; its log says more.'],
  [0, null, ['a warning'], 0, 'Ended.'],
  [null, 'SIGKILL', ['a warning'], 137, 'Ended by SIGKILL.'],
  [null, 'SIGTERM', [], 143, 'Ended by SIGTERM.'],
] as const)('exit %s, signal %s after %j is exit code %s: %s', (code, signal, errors, exitCode, reason) => {
  expect(endingOf(code, signal, errors)).toEqual({ state: 'STOPPED', exitCode, reason })
})

test.each([
  ['{"level":"info","event":"listening"}', 'info'],
  ['{"level":"warn","event":"usage-left"}', 'warn'],
  ['tollgate: not started (exit 77, not-entitled): …', 'error'],
  ['Listening on port 3000', 'info'],
])('what a task says on standard error is an error only where it is one: %s', (line, level) => {
  expect(levelOf(line)).toBe(level)
})
