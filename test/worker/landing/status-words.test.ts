/** The status page in words: one text for each reason, units with every number, the picture of the days and its table. */
import { expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, monthOf, type Hour } from '../../../shared/hour.ts'
import type { Why } from '../../../shared/lifecycle/access.ts'
import { daysLeft, wordsOf } from '../../../worker/landing/status-words.ts'
import { withUnit } from '../../../worker/landing/units.ts'
import { usageChart } from '../../../worker/landing/usage-chart.ts'
import type { Detail } from '../../../worker/lifecycle/state.ts'
import { seller } from '../../../worker/seller.ts'

const NOW = Date.parse('2026-11-21T12:00:00Z')

const words = (why: Why, over: object = {}) => {
  const trial = { endsAt: NOW + 2.5 * DAY_MS, graceUntil: NOW + 5.5 * DAY_MS, converted: false, paid: null }
  const detail = {
    access: { granted: true, since: 0, why },
    trial: null,
    end: null,
    ...over,
    ...onTrial(why, trial),
  }
  return wordsOf(
    { detail: detail as Detail, nextPlan: 'Team', lacksLicense: false, refresh: true, now: NOW },
    seller,
  )
}
const onTrial = (why: Why, trial: object) => (/trial|grace/.test(why) ? { trial } : {})

test.each<[Why, string, RegExp]>([
  ['setting-up', 'We are setting up your subscription', /nothing more for you to do/],
  ['payment-pending', 'AWS has not confirmed the payment yet', /Whoever pays for this AWS account/],
  ['payment-failed', 'AWS could not take the payment', /nothing is billed.*corrects the payment method/],
  ['not-started', 'Your subscription begins later', /nothing for you to do/],
  [
    'no-entitlement',
    'Your agreement contains nothing to use now',
    /Look at the agreement in Manage subscriptions/,
  ],
  ['active', 'Your subscription is active', /ready for you/],
  ['ending', 'Your subscription is about to end', /what was used until then is billed/],
  ['ended', 'Your subscription has ended', /subscribe on AWS Marketplace/],
  ['trial', 'Your trial is running: 3 days left', /buy the Team plan on AWS Marketplace.*nothing is billed/],
  [
    'grace',
    'Your trial has ended; you still have access',
    /until November 27, 2026.*6 days left.*buy the Team plan/,
  ],
  ['trial-over', 'Your trial is over', /Nothing is billed for the trial/],
])('%s says what it is, and whose move it is', (why, title, next) => {
  const said = words(why)
  expect(said.title).toBe(title)
  expect(said.next.join(' ')).toMatch(next)
})

test('no two reasons have the same title', () => {
  const all: readonly Why[] = [
    'setting-up',
    'payment-pending',
    'payment-failed',
    'not-started',
    'no-entitlement',
    'active',
    'ending',
    'ended',
    'trial',
    'grace',
    'trial-over',
  ]
  expect(new Set(all.map((why) => words(why).title)).size).toBe(all.length)
})

test('an end says when access ended, and what took its place; a trial that was cancelled bills nothing', () => {
  expect(words('ended', { end: { at: NOW } }).next[0]).toContain('November 21, 2026')
  expect(words('ended', { successor: 'sub_x' }).title).toBe('This agreement was renewed or replaced')
  expect(words('no-entitlement', { successor: 'sub_x' }).title).toBe('This agreement was renewed or replaced')
  expect(words('not-started', { startsAt: NOW + DAY_MS }).title).toContain('November 22, 2026')
  const trial = { endsAt: NOW, paid: null }
  expect(words('ending', { trial, ending: { at: NOW - 1 } }).next[0]).toContain(
    'nothing is billed for the trial',
  )
  expect(words('ending', { trial, ending: { at: NOW } }).next[0]).toContain(
    'what was used until then is billed',
  )
})

test('an end of what was never granted, or of a trial before its time, says that nothing is billed', () => {
  const end = { at: NOW }
  const never = words('ended', { end, access: { granted: false, since: null, why: 'ended' } })
  expect(never.next[0]).toBe(
    'AWS told us that the agreement is over. Access was never granted under it, so nothing was used.',
  )
  const ofTrial = (trial: object) =>
    words('ended', { end, trial: { endsAt: NOW + 1, paid: null, ...trial } }).next[0]
  expect(ofTrial({})).toMatch(/^Access ended on November 21, 2026.*UTC\. Nothing is billed for the trial\.$/)
  const billed = /What was used until then is on your AWS bill/
  expect([ofTrial({ paid: 'same' }), ofTrial({ endsAt: NOW })]).toEqual([
    expect.stringMatching(billed),
    expect.stringMatching(billed),
  ])
})

test('days left count the day that has begun, and never below none', () => {
  expect([0, 1, DAY_MS, DAY_MS + 1, -5].map((ms) => daysLeft(NOW + ms, NOW))).toEqual([
    '0 days left',
    '1 day left',
    '1 day left',
    '2 days left',
    '0 days left',
  ])
})

test.each([
  ['1', 'call', '1 call'],
  ['0', 'call', '0 calls'],
  ['1234.5', 'call', '1,234.5 calls'],
  ['10', 'GB', '10 GB'],
  ['10', 'kB', '10 kB'],
  ['0.019443', 'GB-month', '0.019443 GB-months'],
])('%s %s reads as %s', (decimal, unit, text) => {
  expect(withUnit(decimal, unit)).toBe(text)
})

const month = monthOf(NOW)
const hour = (day: number, at: number, counted: string) => ({
  hour: (month + day * DAY_MS + at * HOUR_MS) as Hour,
  counted,
  quantity: null,
  state: null,
})

test('the picture of a month has a bar for each day with usage, in its height, and says the same in words and in a table', async () => {
  const chart = String(
    await usageChart('API calls', 'call', month, [hour(0, 1, '10'), hour(0, 2, '30'), hour(20, 0, '1')]),
  )
  expect(chart.match(/<rect [^>]+>/g)).toEqual([
    '<rect x="0" y="0" width="8" height="56" />',
    '<rect x="200" y="55" width="8" height="1" />',
  ])
  expect(chart).toContain('aria-label="API calls by day: 2 days with usage, most on Nov 1, 40 calls."')
  const text = chart.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
  expect(text).toContain('Nov 1 40 calls Nov 21 1 call')
})

test('a month without usage has no picture', () => {
  expect(usageChart('API calls', 'call', month, [hour(3, 0, '0')])).toBe('')
})
