/** The meter that a start opens: tried until it is there, whoever had the usage before (money §11). */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { MeterGiven } from '../../container/boot.ts'
import { createLog } from '../../container/log.ts'
import { openSkew } from '../../container/metering/skew.ts'
import { openMeters } from '../../container/meters.ts'
import { readSettings } from '../../container/settings.ts'
import { DEAD_MS, unmarkClosed } from '../../container/spool/heartbeat.ts'
import type { Place } from '../../container/spool/place.ts'
import { openSpool } from '../../container/spool/spool.ts'
import type { Sql } from '../../shared/sql.ts'
import { at, count, dimension, openCore } from './metering/stand.ts'
import { CODE, type HandClock, handClock, newVolume } from './spool/subject.ts'

const NOW = at(10, 20)
const NEVER = (): Promise<never> => Promise.reject(new Error('nothing is due'))

/** What a start of a cluster's agent hands in. */
function agentOf(place: Place, pod: string, clock: HandClock): MeterGiven {
  const settings = readSettings({
    TOLLGATE_AGENT: 'listen',
    TOLLGATE_AGENT_KEY: 'a-secret-of-the-tests',
  })
  if (!settings.ok) throw new Error(settings.error.join(' '))
  const clocks = { business: () => NOW, wall: () => clock.monotonicMs() }
  return {
    settings: settings.value,
    place,
    task: {
      product: {
        key: 'skills',
        id: 'prod-aaaaaaaaaaaaa',
        code: CODE,
        title: 'Skills',
        pricing: 'custom-metering',
        metering: 'agent',
        dimensions: [dimension('api_call', 'api_calls')],
        chargedBy: { plans: [], defaultPlan: null },
        register: null,
        checkouts: [],
      },
      platform: { kind: 'eks', region: 'us-east-1', task: pod, startedAt: null },
      calls: { registerUsage: NEVER, meterUsage: NEVER, dryRun: NEVER },
      skew: openSkew(clocks, () => clock.monotonicMs()),
    },
    clocks,
    spoolClock: clock,
    pause: () => Promise.resolve(),
    log: createLog({ level: 'silent', secrets: [], now: () => NOW, write: () => {} }),
  }
}

/** An agent that counted something and was killed: its lock is gone, and nothing says that it ended. */
function killed(place: Place, pod: string, clock: HandClock): string {
  const build = (sql: Sql) => openCore(sql, pod, NOW, { productCode: CODE })
  const opened = openSpool({ place, productCode: CODE, identity: pod, clock, build })
  if (!opened.ok) throw new Error(opened.error.why)
  opened.value.write((core) => count(core, NOW, 5))
  opened.value.close()
  unmarkClosed(opened.value.folder)
  return opened.value.folder
}

test('an agent that follows one that was killed is there after three minutes, however often it was tried before', async () => {
  const [place, clock] = [newVolume(), handClock()]
  killed(place, 'pod/1', clock)
  const openNext = openMeters()
  const kinds: string[] = []
  for (let ms = 0; ms < DEAD_MS; ms += 30_000) {
    const tried = await openNext(agentOf(place, 'pod/2', clock))
    kinds.push(tried.ok ? 'open' : tried.error.code)
    clock.pass(30_000)
  }
  expect(new Set(kinds)).toEqual(new Set(['agent-lives']))
  const opened = await openNext(agentOf(place, 'pod/2', clock))
  if (!opened.ok) throw new Error(opened.error.why)
  const { meter } = opened.value
  expect(meter.status()).toMatchObject({ task: 'pod/2', doubtful: [], expired: [], open: { api_call: '5' } })
})

/** What a start of a task hands in that posts to the agent. */
function posterOf(place: Place, pod: string, clock: HandClock): MeterGiven {
  const agent = agentOf(place, pod, clock)
  const settings = readSettings({
    TOLLGATE_AGENT: 'http://127.0.0.1:9',
    TOLLGATE_AGENT_KEY: 'a-secret-of-the-tests',
  })
  if (!settings.ok) throw new Error(settings.error.join(' '))
  return { ...agent, settings: settings.value }
}

test('on one volume a task that posts takes no agent for a dead task, and an agent no task for the agent before', async () => {
  const [place, clock] = [newVolume(), handClock()]
  const folder = killed(place, 'pod/1', clock)
  const poster = await openMeters()(posterOf(place, 'pod/poster', clock))
  if (!poster.ok) throw new Error(poster.error.why)
  const agent = openMeters()
  await agent(agentOf(place, 'pod/2', clock))
  const look = async (): Promise<void> => {
    for (const part of poster.value.others) await part.runDue(part.nextWake() ?? NOW)
  }
  await look()
  clock.pass(DEAD_MS)
  await look()
  expect(existsSync(folder)).toBe(true)
  const opened = await agent(agentOf(place, 'pod/2', clock))
  if (!opened.ok) throw new Error(opened.error.why)
  expect(opened.value.meter.status()).toMatchObject({ open: { api_call: '5' } })
})

test('an agent that cannot read what the one before it left says so, and is not opened without it', async () => {
  const [place, clock] = [newVolume(), handClock()]
  const folder = killed(place, 'pod/1', clock)
  writeFileSync(join(folder, 'ledger.sqlite'), 'no ledger at all'.repeat(1_000))
  const openNext = openMeters()
  await openNext(agentOf(place, 'pod/2', clock))
  clock.pass(DEAD_MS)
  expect(await openNext(agentOf(place, 'pod/2', clock))).toMatchObject({
    ok: false,
    error: {
      kind: 'misconfigured',
      code: 'spool',
      why: expect.stringContaining('is damaged and is not read'),
    },
  })
})
