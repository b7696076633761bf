/** Credentials lent to all isolates: one exchange, renewed before the end, and an outage of STS nobody notices (fault 27). */
import { expect, test } from 'vitest'
import type { CallFailure } from '../../../shared/aws/failure.ts'
import { HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import { err, ok, type Result } from '../../../shared/result.ts'
import { openLender, RENEW_BEFORE_MS } from '../../../worker/identity/lender.ts'
import type { Session } from '../../../worker/identity/sts.ts'

const T0 = Date.parse('2026-11-21T12:00:00Z')
const refused = (name: string): Result<never, CallFailure> =>
  err({ kind: 'refused', name, message: 'on demand', status: 400 })
const DOWN: Result<never, CallFailure> = err({ kind: 'unreachable', cause: 'network', message: 'down' })

/** A lender over a clock; `answers` are STS's in turn, the last for ever; `good`: credentials for an hour. */
function stage(...answers: ('good' | Result<never, CallFailure>)[]) {
  const clock = { now: T0 }
  let calls = 0
  let kept: Session | undefined
  const logged: object[] = []
  const open = () =>
    openLender({
      wall: () => clock.now,
      // Time moves only by what is waited for; a wait of ten seconds is a caller's patience and never ends first here.
      pause: async (ms) => {
        if (ms >= 10_000 && ms !== 15_000) return new Promise<void>(() => undefined)
        clock.now += ms
      },
      exchange: async () => {
        const answer = answers[Math.min(calls, answers.length - 1)] ?? DOWN
        calls += 1
        if (answer !== 'good') return answer
        const credentials = { accessKeyId: `ASIA${calls}`, secretAccessKey: 's', sessionToken: 't' }
        return ok({ credentials, expiresMs: clock.now + HOUR_MS })
      },
      read: () => kept,
      write: (session) => {
        kept = session
      },
      log: (_, event, detail) => logged.push({ event, ...detail }),
    })
  const lender = open()
  const id = async (of = lender) => {
    const lent = await of.lend()
    return lent.ok ? lent.value.credentials.accessKeyId : lent.error
  }
  return { clock, lender, open, id, logged, calls: () => calls }
}

test('a hundred callers at once make one exchange, and so do all within the next fifty minutes', async () => {
  const { clock, id, calls } = stage('good')
  expect(new Set(await Promise.all(Array.from({ length: 100 }, () => id())))).toEqual(new Set(['ASIA1']))
  clock.now = T0 + HOUR_MS - RENEW_BEFORE_MS - 1
  expect([await id(), calls()]).toEqual(['ASIA1', 1])
})

test('they are renewed ten minutes before their end, by one exchange, behind the callers’ back', async () => {
  const { clock, id, calls } = stage('good')
  await id()
  clock.now = T0 + HOUR_MS - RENEW_BEFORE_MS
  expect(await Promise.all([id(), id(), id()])).toEqual(['ASIA1', 'ASIA1', 'ASIA1'])
  await Promise.resolve()
  expect([await id(), calls()]).toEqual(['ASIA2', 2])
})

test('a process that begins anew uses what was exchanged before', async () => {
  const { id, open, calls } = stage('good')
  await id()
  expect([await id(open()), calls()]).toEqual(['ASIA1', 1])
})

test('while STS is down the old ones are lent to half a minute before their end, then none; when it is back, new ones', async () => {
  const { clock, id, calls } = stage('good', DOWN, DOWN, 'good')
  await id()
  const end = T0 + HOUR_MS
  for (const [at, said] of [
    [end - RENEW_BEFORE_MS, 'ASIA1'],
    [end - RENEW_BEFORE_MS + 4_999, 'ASIA1'],
    [end - 30_001, 'ASIA1'],
    [end - 30_000, 'network: down'],
  ] as const) {
    clock.now = at
    expect([at - end, await id()]).toEqual([at - end, said])
    await Promise.resolve()
  }
  // Within five seconds of a failure nobody is asked again.
  const asked = calls()
  expect([await id(), calls()]).toEqual(['network: down', asked])
  clock.now += 10_000
  expect(await id()).toBe('ASIA4')
})

test.each(['InvalidIdentityToken', 'IDPCommunicationError'])(
  '%s is not believed for a minute: keys just published may not have arrived (design §10)',
  async (name) => {
    const { clock, id, calls, logged } = stage(refused(name), refused(name), refused(name), 'good')
    expect([await id(), calls(), clock.now - T0]).toEqual(['ASIA4', 4, 7_000])
    expect(logged).toEqual([])
  },
)

test('after a minute of InvalidIdentityToken it is believed and logged', async () => {
  const { clock, id, logged } = stage(refused('InvalidIdentityToken'))
  expect(await id()).toBe('400 InvalidIdentityToken: on demand')
  expect(clock.now - T0).toBeGreaterThanOrEqual(MINUTE_MS)
  expect(clock.now - T0).toBeLessThan(2 * MINUTE_MS)
  expect(logged).toMatchObject([{ event: 'aws_credentials_failed', name: 'InvalidIdentityToken' }])
})

test('what is no question of keys is believed at once', async () => {
  const { clock, id, calls } = stage(refused('AccessDenied'))
  expect([await id(), calls(), clock.now - T0]).toEqual(['400 AccessDenied: on demand', 1, 0])
})

test('what was exchanged before a key was revoked is forgotten, also what was under way', async () => {
  const { lender, id, calls } = stage('good')
  const under = id()
  lender.forget()
  await under
  expect([await id(), calls()]).toEqual(['ASIA2', 2])
})

test('who waits for what STS does not take yet is told what STS says', async () => {
  const waits = Promise.withResolvers<void>()
  const lender = openLender({
    wall: () => T0,
    // The exchange pauses for ever; a caller's patience of ten seconds ends when STS has answered once.
    pause: (ms) => {
      if (ms !== 10_000) waits.resolve()
      return ms === 10_000 ? waits.promise : new Promise<void>(() => undefined)
    },
    exchange: async () => refused('InvalidIdentityToken'),
    read: () => undefined,
    write: () => undefined,
    log: () => undefined,
  })
  expect(await lender.lend()).toEqual(
    err('AWS does not take the identity of this Worker yet (400 InvalidIdentityToken: on demand)'),
  )
})
