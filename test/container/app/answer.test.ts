/** The sample application: what is found, what is counted, and what a plan opens. */
import { expect, test } from 'vitest'
import { answer } from '../../../container/app/answer.ts'
import { findSkills, SKILLS, STORED_BYTES } from '../../../container/app/skills.ts'
import { openUsage } from '../../../container/app/usage.ts'
import { HOUR_MS } from '../../../shared/hour.ts'
import { openService } from '../../support/skills.ts'

const get = (service: ReturnType<typeof openService>, target: string, headers = {}) =>
  answer(service, { method: 'GET', target, headers })

test('every skill has an id of its own and something to say', () => {
  expect(new Set(SKILLS.map(({ id }) => id)).size).toBe(SKILLS.length)
  expect(SKILLS.length).toBeGreaterThan(35)
  expect(SKILLS.filter(({ id }) => !/^[a-z]+(-[a-z]+)*$/.test(id))).toEqual([])
  expect(SKILLS.filter(({ steps, summary }) => steps.length < 3 || summary.length < 40)).toEqual([])
})

test.each([
  ['sql', 'sql-from-question'],
  ['SQL question', 'sql-from-question'],
  ['wcag', 'accessibility-review'],
  ['  Öpen-API  ', 'api-description'],
])('a search for "%s" puts %s first', (query, id) => {
  expect(findSkills(query)[0]?.id).toBe(id)
})

test('a skill is found only if all words stand in it, and only in its category', () => {
  expect(findSkills('tickets summary').every(({ category }) => category === 'Support')).toBe(true)
  expect(findSkills('tickets zebra')).toEqual([])
  expect(findSkills('', 'Finance').map(({ id }) => id)).toEqual([
    'invoice-matching',
    'variance-comment',
    'expense-policy-check',
  ])
  expect(findSkills('')).toEqual(SKILLS)
})

test('an API call is counted when it is answered with what it asked for, and pages and health never are', () => {
  const service = openService()
  const statuses = [
    '/api/skills?q=review',
    '/api/skills/code-review',
    '/api/analytics',
    '/api/skills/none',
    '/api/skills?limit=0',
    '/api/nothing',
    '/',
    '/skills/code-review',
    '/health',
  ].map((target) => get(service, target).status)
  expect(statuses).toEqual([200, 200, 200, 404, 400, 404, 200, 200, 200])
  expect(service.counted).toEqual({ api_calls: 3 })
})

test('the list says how many there are in all, and one skill has its steps', () => {
  const service = openService()
  const list = JSON.parse(get(service, '/api/skills?q=review&limit=1').body)
  expect(list).toEqual({ total: 4, skills: [expect.objectContaining({ id: 'code-review' })] })
  expect(JSON.parse(get(service, '/api/skills/code-review').body)).toEqual({
    ...SKILLS.find(({ id }) => id === 'code-review'),
    url: '/skills/code-review',
  })
})

test('a browser is counted once it brings its cookie back, and once an hour', () => {
  const service = openService()
  const set = get(service, '/').headers['set-cookie'] ?? ''
  expect(set).toMatch(/^skillsmith_visitor=[\w-]+; Path=\/; Max-Age=31536000; HttpOnly; SameSite=Lax$/)
  expect(service.reported).toEqual([])
  const headers = { cookie: `other=1; ${set.split(';')[0]}` }
  expect(get(service, '/', headers).headers).not.toHaveProperty('set-cookie')
  get(service, '/api/skills', headers)
  service.at(HOUR_MS)
  get(service, '/plan', headers)
  expect(service.reported.map(({ meter, id }) => [meter, id])).toEqual([
    ['users', 'user-0-visitor-1'],
    ['users', 'user-1-visitor-1'],
  ])
})

test('a user that an API client names is counted, and a name that no log would take is not', () => {
  const service = openService()
  get(service, '/api/skills', { 'x-skillsmith-user': 'team-7' })
  get(service, '/api/skills', { 'x-skillsmith-user': 'two words' })
  expect(service.reported).toEqual([{ id: 'user-0-team-7', meter: 'users', key: 'team-7' }])
})

test('what is stored is reported in GB with the meter’s six decimals, as one series of all tasks', () => {
  const reported: unknown[] = []
  const usage = openUsage({ count: () => undefined, report: (event) => reported.push(event) > 0 }, () => 5)
  usage.stored(STORED_BYTES)
  const [event] = reported
  expect(event).toEqual({
    id: 'stored-5',
    meter: 'storage_gb',
    value: (STORED_BYTES / 1e9).toFixed(6),
    series: 'catalogue',
  })
  expect(Number((event as { value: string }).value)).toBeGreaterThan(0)
})

test('under a contract features follow the tier that was bought, and an upgrade shows without a restart', () => {
  const service = openService({ pricing: 'contract', plan: 'team', features: ['basic_analytics'] })
  expect(get(service, '/api/analytics').status).toBe(403)
  expect(get(service, '/analytics').body).toContain('Advanced analytics is not in your plan')
  expect(get(service, '/plan').body).toContain('Your plan: Team')
  expect(service.counted).toEqual({})

  service.buys({ plan: 'enterprise', features: ['basic_analytics', 'advanced_analytics'] })
  expect(get(service, '/api/analytics').status).toBe(200)
  expect(get(service, '/analytics').body).toContain('Searches that found nothing')
  service.buys({ plan: null, features: [], access: false })
  expect(get(service, '/analytics').status).toBe(403)
  expect(get(service, '/plan').body).toContain('Your entitlement has ended')
})

test('under every other pricing all features are there', () => {
  for (const pricing of ['hourly', 'custom-metering', 'free', 'byol', 'edge'] as const) {
    const service = openService({ pricing })
    expect(get(service, '/api/analytics').status).toBe(200)
    expect(get(service, '/plan').body).not.toContain('Not in your plan')
  }
})

test('analytics show what was opened and what was looked for in vain', () => {
  const service = openService()
  for (const target of ['/skills/runbook', '/api/skills/runbook', '/?q=zebra', '/api/skills?q=zebra'])
    get(service, target)
  expect(JSON.parse(get(service, '/api/analytics').body)).toEqual({
    skills: SKILLS.length,
    opened: { runbook: 2 },
    foundNothing: { zebra: 2 },
  })
})

test('what is typed into a search is shown, never run', () => {
  const { body, headers } = get(openService(), '/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E')
  expect(body).not.toContain('<script')
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/)
})

test('nothing but GET and HEAD is taken, and the answer says so', () => {
  const service = openService()
  const refused = answer(service, { method: 'POST', target: '/api/skills', headers: {} })
  expect([refused.status, refused.headers['allow']]).toEqual([405, 'GET, HEAD'])
  expect(service.counted).toEqual({})
})
