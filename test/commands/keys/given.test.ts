/** The command line of `npm run keys`. */
import { expect, test } from 'vitest'
import { HELP, readAsked } from '../../../commands/keys/given.ts'

const NOTHING = {
  products: [],
  who: undefined,
  why: undefined,
  id: undefined,
  json: false,
  folder: undefined,
}

test.each([
  ['list', undefined, {}],
  [
    'create api --name billing --product saas --product container',
    { path: '/keys/create', query: { kind: 'api', name: 'billing' } },
    { products: ['saas', 'container'] },
  ],
  [
    'create webhook --name app --why rotation',
    { path: '/keys/create', query: { kind: 'webhook', name: 'app' } },
    { why: 'rotation' },
  ],
  ['rotate key_1 --overlap-hours 2', { path: '/keys/key_1/rotate', query: { overlapHours: '2' } }, {}],
  ['rotate identity', { path: '/keys/identity/rotate', query: { overlapHours: undefined } }, {}],
  [
    'revoke whs_1 --act act-12345 --who ada',
    { path: '/keys/whs_1/revoke', query: { overlapHours: undefined } },
    { id: 'act-12345', who: 'ada' },
  ],
])('%s is understood', (line, act, more) => {
  expect(readAsked(line.split(' '))).toEqual({ ok: true, value: { ...NOTHING, act, ...more } })
})

test.each([
  'create',
  'create root --name x',
  'create api',
  'create webhook --name x --product saas',
  'rotate',
  'rotate identity --overlap-hours 2',
  'revoke ../audit',
  'revoke key_1 key_2',
  'list everything',
  'list --name x',
  'steal key_1',
  'create api --nam x',
])('%s is refused with a sentence', (line) => {
  expect(readAsked(line.split(' '))).toEqual({ ok: false, error: expect.stringMatching(/[:"]/) })
})

test('without a command, or asked for it, it helps', () => {
  expect([readAsked([]), readAsked(['--help'])]).toEqual([
    { ok: true, value: 'help' },
    { ok: true, value: 'help' },
  ])
  expect(HELP).toContain('shown once')
})
