/** Alarms of the money path reach people (money §7 *Alarms*): by the outbox, once an hour and subject. */
import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { HOUR_MS } from '../../../shared/hour.ts'
import { tellPeople } from '../../../worker/metering/alarm-notice.ts'
import { migrate } from '../support.ts'

const SET_UP = Object.assign({}, env, {
  METERING: 'live',
  SESSION_SECRET: btoa('s'.repeat(32)),
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  EVENTS_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/111122223333/events',
  TECH_ADMIN_TOPIC_ARN: 'arn:aws:sns:us-east-1:111122223333:tech-admin',
})
const ALARM = { subject: 'deadline:2026-11-21T10', message: 'Half of the window is over. Yours to look at.' }
const NOW = Date.parse('2026-11-21T10:05:00Z')

beforeEach(migrate)
afterEach(async () => {
  vi.restoreAllMocks()
  await reset()
})

const written = async () =>
  (await env.DB.prepare('SELECT channel, kind, key, body FROM outbox ORDER BY rowid').all()).results

test('an alarm is a notice with its own words, once an hour', async () => {
  await tellPeople(SET_UP, ALARM, NOW)
  await tellPeople(SET_UP, ALARM, NOW + 1)
  expect(await written()).toEqual([
    {
      channel: 'sns',
      kind: 'usage.in-danger',
      key: `alarm:${ALARM.subject}:${Date.parse('2026-11-21T10:00:00Z')}`,
      body: JSON.stringify({ subscription: {}, version: null, decision: ALARM }),
    },
  ])
  await tellPeople(SET_UP, ALARM, NOW + HOUR_MS)
  expect(await written()).toHaveLength(2)
})

test('D1 away loses the notice, never the run that raised it', async () => {
  const log = vi.spyOn(console, 'error').mockReturnValue()
  const prepare = (): never => {
    throw new Error('D1 is down')
  }
  await tellPeople({ ...SET_UP, DB: Object.assign({}, env.DB, { prepare }) }, ALARM, NOW)
  expect(log).toHaveBeenCalledWith(expect.stringContaining('alarm_not_told'))
})
