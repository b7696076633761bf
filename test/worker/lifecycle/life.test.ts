/** From AWS's events to the state of a subscription and the order to its Ledger. Design §5.3–5.4; money §4, §6. */
import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import { readKnown, writeChange } from '../../../worker/db/lifecycle.ts'
import { arrive } from '../../../worker/db/registrations.ts'
import { nextDue } from '../../../worker/db/subscriptions.ts'
import { refreshSubscription } from '../../../worker/lifecycle/refresh.ts'
import { sweepSubscriptions } from '../../../worker/lifecycle/sweep.ts'
import { pollEvents } from '../../../worker/events/poll.ts'
import { succeed } from '../../../worker/lifecycle/succeed.ts'
import { customer, licenseArn, PRODUCT_CODE, SUBSCRIPTION_CODE } from '../landing/browser.ts'
import { created, deprovisioned, ended, updated } from './marketplace.ts'
import { ms, only, orders, rows, T, useStage } from './stage.ts'

const stage = useStage()

test('License Updated after the POST activates, and the order says since when and under which identity', async () => {
  await stage.arrive()
  expect(await orders()).toEqual([])
  await stage.poll(created(T('14:23:22')), updated(T('14:24:23')))
  const { id } = await only()
  expect(await only()).toMatchObject({ state: 'active', agreement_id: 'agmt-1' })
  expect(await orders()).toEqual([
    {
      subscription: id,
      version: (await only()).version,
      product: 'subscription',
      productCode: '4dz8m1rf6yq2w7kx9p3vc5hn0',
      account: '012345678901',
      agreementStart: ms('14:23:22'),
      activation: ms('14:24:23'),
      life: 1,
      ending: null,
      end: null,
      identities: [
        {
          kind: 'license',
          licenseArn: licenseArn('a'),
          account: '012345678901',
          fromHour: 0,
          region: 'us-east-1',
        },
      ],
      kinds: [{ fromHour: 0, kind: 'license' }],
      plans: [],
      trial: null,
      amounts: {},
      predecessor: null,
    },
  ])
})

test('License Updated before the POST waits in the inbox and activates with the POST (facts §1.3)', async () => {
  await stage.poll(created(T('14:23:22')), updated(T('14:24:23')))
  expect(await rows('SELECT state FROM inbox')).toEqual([{ state: 'waiting' }, { state: 'waiting' }])
  expect(await rows('SELECT id FROM subscriptions')).toEqual([])
  await stage.arrive()
  expect((await only()).state).toBe('active')
  expect(await rows('SELECT state FROM inbox')).toEqual([{ state: 'applied' }, { state: 'applied' }])
  expect((await orders()).map((order) => [order.activation, order.agreementStart])).toEqual([
    [ms('14:24:23'), ms('14:23:22')],
  ])
})

const life = [
  created(T('14:23:22'), { id: 'p1' }),
  updated(T('14:24:23'), { id: 'p2' }),
  ended(T('14:24:57'), { id: 'p3' }),
  deprovisioned(T('14:25:28'), { id: 'p4' }),
]

const permutations = <X>(of: readonly X[]): X[][] =>
  of.length < 2
    ? [[...of]]
    : of.flatMap((one, i) =>
        permutations([...of.slice(0, i), ...of.slice(i + 1)]).map((rest) => [one, ...rest]),
      )

test('a whole life in any order, one by one and then all again, with the POST anywhere, ends in the same order (G.2 fault 24)', async () => {
  const seen = new Set<string>()
  for (const [n, order] of permutations(life).entries()) {
    for (const [i, body] of order.entries()) {
      if (i === n % 5) await stage.arrive()
      await stage.poll(body)
    }
    if (n % 5 === 4) await stage.arrive()
    await stage.poll(...order)
    const { id, state } = await only()
    const last = (await orders()).at(-1)
    seen.add(JSON.stringify([state, { ...last, version: 0, subscription: '' }]))
    for (const table of ['orders', 'identities', 'registrations', 'contacts', 'inbox', 'subscriptions']) {
      await env.DB.exec(`DELETE FROM ${table}`)
    }
    expect(id).toMatch(/^sub_/)
  }
  expect([...seen].map((one) => JSON.parse(one))).toEqual([
    [
      'ended',
      expect.objectContaining({
        activation: ms('14:24:23'),
        ending: { at: ms('14:24:57') },
        end: { at: ms('14:25:28'), takeUntil: ms('14:35:28'), cause: 'deprovisioned' },
      }),
    ],
  ])
}, 60_000)

test('Ended with CANCELLED is the end 45 minutes later if Deprovisioned never comes (money §6)', async () => {
  await stage.arrive()
  await stage.poll(updated(T('14:24:23')), ended(T('14:29:00')))
  expect((await only()).state).toBe('ending')
  expect(await nextDue(env.DB)).toBe(ms('15:14:00'))

  stage.clock.business = ms('15:14:00') - 1
  await sweepSubscriptions(stage.edge)
  expect((await only()).state).toBe('ending')
  stage.clock.business = ms('15:14:00')
  await sweepSubscriptions(stage.edge)
  expect((await only()).state).toBe('ended')
  expect((await orders()).map((order) => order.end)).toEqual([
    null,
    { at: ms('15:14:00'), takeUntil: ms('15:19:00'), cause: 'presumed' },
  ])
  expect(await nextDue(env.DB)).toBeNull()
})

test.each(['RENEWED', 'REPLACED'])(
  'Ended with %s changes nothing: nothing freezes for it (money §6)',
  async (status) => {
    await stage.arrive()
    await stage.poll(updated(T('14:24:23')))
    await stage.poll(ended(T('14:29:00'), { status }))
    expect((await only()).state).toBe('active')
    expect(await orders()).toHaveLength(1)
    expect(await nextDue(env.DB)).toBeNull()
  },
)

test('access ends first: the state says ended in the batch that writes the order of the end (money §6 (1), design §5.4)', async () => {
  await stage.arrive()
  await stage.poll(updated(T('14:24:23')), deprovisioned(T('14:29:00')))
  expect(await rows('SELECT s.state FROM subscriptions s JOIN orders o ON o.version = s.version')).toEqual([
    { state: 'ended' },
  ])
})

test('two agreements of one account: each event reaches its own subscription only', async () => {
  await stage.arrive('t1')
  stage.market.resolve = () => Response.json(customer({ LicenseArn: licenseArn('b') }))
  await stage.arrive('t2')
  await stage.poll(
    updated(T('14:20:00'), { agreement: 'agmt-1', license: licenseArn('a') }),
    updated(T('14:21:00'), { agreement: 'agmt-2', license: licenseArn('b') }),
    ended(T('14:22:00'), { agreement: 'agmt-2' }),
    deprovisioned(T('14:22:31'), { agreement: 'agmt-2', license: licenseArn('b') }),
  )
  expect(await rows('SELECT license_tail, state FROM subscriptions ORDER BY license_tail')).toEqual([
    { license_tail: `l-${'a'.repeat(32)}`, state: 'active' },
    { license_tail: `l-${'b'.repeat(32)}`, state: 'ended' },
  ])
})

test('a renewal under a new license names the subscription it follows (money §4)', async () => {
  await stage.arrive('t1')
  await stage.poll(updated(T('14:20:00')))
  const first = await only()
  stage.market.resolve = () => Response.json(customer({ LicenseArn: licenseArn('b') }))
  await stage.arrive('t2')
  await stage.poll(
    created(T('14:21:00'), { agreement: 'agmt-2', previous: 'agmt-1' }),
    updated(T('14:22:00'), { agreement: 'agmt-2', license: licenseArn('b') }),
  )
  const last = (await orders()).find((order) =>
    order.identities.some((one) => JSON.stringify(one).includes('l-bbbb')),
  )
  expect(last?.predecessor).toBe(first.id)
})

test.each([
  ['without a link the operator is told, once', undefined, 1],
  ['with one there is nothing to tell', 'agmt-1', 0],
])('a second license of the account: %s (money §4 Successor)', async (_, previous, times) => {
  const lines: string[] = []
  vi.spyOn(console, 'warn').mockImplementation((line: string) => void lines.push(line))
  await stage.arrive('t1')
  await stage.poll(updated(T('14:20:00')))
  stage.market.resolve = () => Response.json(customer({ LicenseArn: licenseArn('b') }))
  await stage.arrive('t2')
  await stage.poll(
    created(T('14:21:00'), { agreement: 'agmt-2', ...(previous === undefined ? {} : { previous }) }),
    updated(T('14:22:00'), { agreement: 'agmt-2', license: licenseArn('b') }),
  )
  await stage.poll(updated(T('14:23:00'), { agreement: 'agmt-2', license: licenseArn('b') }))
  expect(lines.filter((line) => line.includes('successor_unlinked'))).toHaveLength(times)
})

test('a person names the predecessor where no event does: the Ledger’s order says so, once and for good (money §4 *Successor*)', async () => {
  await stage.arrive('t1')
  await stage.poll(updated(T('14:20:00')))
  stage.market.resolve = () => Response.json(customer({ LicenseArn: licenseArn('b') }))
  await stage.arrive('t2')
  await stage.poll(
    created(T('14:21:00'), { agreement: 'agmt-2' }),
    updated(T('14:22:00'), { agreement: 'agmt-2', license: licenseArn('b') }),
  )
  const ids = [...new Set((await orders()).map((order) => order.subscription))]
  const [old = '', next = ''] = ids
  const newest = async () => (await orders()).findLast((order) => order.subscription === next)?.predecessor
  expect([ids.length, await newest()]).toEqual([2, null])
  expect(await succeed(stage.edge, old, old)).toMatchObject({ refused: 'not-allowed' })
  expect(await succeed(stage.edge, `sub_${'z'.repeat(22)}`, next)).toMatchObject({ refused: 'not-found' })
  expect(await succeed(stage.edge, old, next)).toMatchObject({ refused: null })
  await stage.poll()
  expect(await newest()).toBe(old)
  expect(await succeed(stage.edge, old, next)).toMatchObject({ refused: null })
  expect(await succeed(stage.edge, next, old)).toMatchObject({ refused: 'not-allowed' })
})

test('a license that changes within its agreement adds an identity from the next full hour, and stays one purchase', async () => {
  await stage.arrive('t1')
  await stage.poll(updated(T('14:20:00')), updated(T('14:25:00'), { license: licenseArn('b') }))
  const identities = (await orders())
    .at(-1)
    ?.identities.map((one) => [one.kind === 'license' && one.licenseArn, one.fromHour])
  expect(identities).toEqual([
    [licenseArn('a'), 0],
    [licenseArn('b'), ms('15:00:00')],
  ])
  stage.market.resolve = () => Response.json(customer({ LicenseArn: licenseArn('b') }))
  await stage.arrive('t2')
  expect(await only()).toMatchObject({ state: 'active' })
})

test('a license of another product of the same agreement is no license of this purchase: it takes nothing over (facts §8)', async () => {
  await stage.arrive()
  await stage.poll(
    created(T('14:23:22')),
    updated(T('14:24:23')),
    updated(T('14:24:24'), { license: licenseArn('b'), code: PRODUCT_CODE }),
    deprovisioned(T('14:28:00')),
  )
  expect((await only()).state).toBe('ended')
  expect(
    (await orders()).at(-1)?.identities.flatMap((one) => ('licenseArn' in one ? one.licenseArn : [])),
  ).toEqual([licenseArn('a')])
  expect(await rows("SELECT license_tail FROM inbox WHERE state = 'waiting'")).toEqual([
    { license_tail: `l-${'b'.repeat(32)}` },
  ])
  // Its buyer comes with its own token: a purchase of its own.
  stage.market.resolve = () =>
    Response.json(customer({ ProductCode: PRODUCT_CODE, LicenseArn: licenseArn('b') }))
  await stage.arrive('t2')
  await stage.poll()
  expect(await rows('SELECT product_code, license_tail FROM subscriptions ORDER BY license_tail')).toEqual([
    { product_code: SUBSCRIPTION_CODE, license_tail: `l-${'a'.repeat(32)}` },
    { product_code: PRODUCT_CODE, license_tail: `l-${'b'.repeat(32)}` },
  ])
  expect(await rows("SELECT id FROM inbox WHERE state = 'waiting'")).toEqual([])
})

test('writers that meet on one purchase lose nothing: each order has its own version, the last is whole', async () => {
  await stage.arrive()
  stage.market.put(created(T('14:23:22')), updated(T('14:24:23')))
  await pollEvents(stage.edge)
  const { id } = await only()
  await Promise.all(Array.from({ length: 6 }, () => refreshSubscription(stage.edge, id)))
  const all = await orders()
  expect(all.map((order) => order.version)).toEqual([(await only()).version])
})

test('a writer that has not seen the license a buyer arrived with writes nothing (design §5.3)', async () => {
  await stage.arrive()
  await stage.poll(updated(T('14:24:23')))
  const { id } = await only()
  await env.DB.prepare('UPDATE subscriptions SET license_arn = NULL, license_tail = NULL').run()
  const stale = await readKnown(env.DB, id)
  if (!stale) throw new Error('the subscription is known')
  await arrive(env.DB, {
    tokenSha256: 'another',
    customer: {
      productCode: stale.row.productCode,
      account: stale.row.account,
      licenseArn: licenseArn('a'),
      customerIdentifier: null,
    },
    product: stale.row.product,
    offerTypeHint: null,
    newRegistration: 'reg_another',
    newSubscription: 'sub_9999999999999999999999',
    now: stage.clock.business,
  })
  const change = {
    row: stale.row,
    next: stale.row,
    order: null,
    identities: [],
    newSwitches: [],
    applied: [],
    concerned: [],
    outbox: [],
    now: stage.clock.business,
  }
  expect(await writeChange(env.DB, change)).toBe(false)
  expect(await nextDue(env.DB)).toBe(stage.clock.business)
})
