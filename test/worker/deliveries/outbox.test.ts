/** The outbox is written with the decision: once, whole, and only if the change was (design §5.3, §5.5). */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { outboxStatements } from '../../../worker/db/outbox.ts'
import {
  closeStage,
  decide,
  decision,
  openStage,
  rows,
  SUBSCRIPTION,
  standings,
  VIEW,
  type Stage,
} from './stage.ts'

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(closeStage)

/** What the lifecycle does: the change and its decisions in one batch. */
const change = (from: number, decisions = [decision()]) =>
  env.DB.batch([
    env.DB.prepare('UPDATE subscriptions SET version = version + 1 WHERE id = ? AND version = ?').bind(
      SUBSCRIPTION,
      from,
    ),
    ...outboxStatements(
      env.DB,
      { subscription: SUBSCRIPTION, version: from + 1, view: VIEW, channels: ['webhook', 'sns', 'mail'] },
      decisions,
      stage.clock.business,
    ),
  ])

test('a decision is one row a channel, with what is told and nothing about a person', async () => {
  await change(1)
  const written = await rows()
  expect(written.map(({ channel, state, attempts, next_ms }) => [channel, state, attempts, next_ms])).toEqual(
    [
      ['webhook', 'waiting', 0, stage.clock.business],
      ['sns', 'waiting', 0, stage.clock.business],
      ['mail', 'waiting', 0, stage.clock.business],
    ],
  )
  expect(written.every(({ id }) => /^dlv_[0-9a-f]{32}$/.test(id))).toBe(true)
  const [first] = written
  expect(JSON.parse(String(Reflect.get(first ?? {}, 'body')))).toEqual({
    subscription: VIEW,
    version: 2,
    decision: { why: 'active', plan: 'team' },
  })
})

test('a writer that was overtaken decides nothing', async () => {
  await change(7)
  expect(await rows()).toEqual([])
})

test('the same decision is written once, however often and at whatever version it is made again', async () => {
  await change(1)
  const first = await rows()
  await change(2)
  await change(3, [decision({ data: { why: 'other' } })])
  expect(await rows()).toEqual(first)
})

test('decisions of one change are all written, each under its key', async () => {
  await change(1, [decision(), decision({ kind: 'subscription.advisory', key: 'advisory:5' })])
  expect(await standings()).toEqual([
    'webhook waiting',
    'sns waiting',
    'mail waiting',
    'webhook waiting',
    'sns waiting',
  ])
})

test('a channel that is not set up gets nothing', async () => {
  await decide(stage, ['mail'])
  await decide(stage, [], decision({ key: 'granted:2' }))
  expect(await standings()).toEqual(['mail waiting'])
})
