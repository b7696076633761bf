/** Renewals and replacements under a license of their own, for which no buyer comes (facts §8, money §4 *Successor*, G.2 fault 24). */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { readDetail } from '../../../worker/lifecycle/state.ts'
import { sweepSubscriptions } from '../../../worker/lifecycle/sweep.ts'
import { customer, licenseArn, PRODUCT_CODE } from '../landing/browser.ts'
import { created, deprovisioned, ended, updated } from './marketplace.ts'
import { ms, orders, rows, T, useStage } from './stage.ts'

const stage = useStage()

const renewal = [
  created(T('14:21:00'), { id: 'r1', agreement: 'agmt-2', previous: 'agmt-1' }),
  updated(T('14:22:00'), { id: 'r2', agreement: 'agmt-2', license: licenseArn('b') }),
  ended(T('14:21:30'), { id: 'r3', status: 'RENEWED' }),
  updated(T('14:10:00'), { id: 'r4' }),
]

interface Row {
  readonly id: string
  readonly license_tail: string
  readonly state: string
  readonly detail: string
}

const standing = async () =>
  (await rows<Row>('SELECT id, license_tail, state, detail FROM subscriptions ORDER BY license_tail')).map(
    (row) => ({ ...row, detail: readDetail(row) }),
  )

const clear = async () => {
  for (const table of [
    'orders',
    'identities',
    'registrations',
    'contacts',
    'switches',
    'inbox',
    'subscriptions',
  ])
    await env.DB.exec(`DELETE FROM ${table}`)
}

const permutations = <X>(of: readonly X[]): X[][] =>
  of.length < 2
    ? [[...of]]
    : of.flatMap((one, i) =>
        permutations([...of.slice(0, i), ...of.slice(i + 1)]).map((rest) => [one, ...rest]),
      )

test('a renewal under a new license begins by itself, names whom it follows and reaches the same people, in any order of its events', async () => {
  const seen = new Set<string>()
  for (const order of permutations(renewal)) {
    await stage.arrive('t1')
    await env.DB.prepare(
      "INSERT INTO contacts (subscription, email, fields, created_ms, updated_ms) SELECT id, 'buyer@example.com', '{}', 1, 1 FROM subscriptions",
    ).run()
    for (const body of order) await stage.poll(body)
    await sweepSubscriptions(stage.edge)
    await sweepSubscriptions(stage.edge)
    const [old, next] = await standing()
    const last = (await orders()).findLast((each) => each.subscription === next?.id)
    seen.add(
      JSON.stringify([
        [old?.state, old?.detail?.access, old?.detail?.successor === next?.id, old?.detail?.succeeded],
        [next?.state, next?.detail?.access, next?.detail?.predecessor === old?.id],
        [last?.predecessor === old?.id, last?.activation],
        await rows('SELECT count(*) AS n FROM contacts'),
        await rows("SELECT id FROM inbox WHERE state = 'waiting'"),
      ]),
    )
    await clear()
  }
  expect([...seen].map((one) => JSON.parse(one))).toEqual([
    [
      ['active', { granted: true, since: ms('14:10:00'), why: 'active' }, true, true],
      ['active', { granted: true, since: ms('14:22:00'), why: 'active' }, true],
      [true, ms('14:22:00')],
      [{ n: 2 }],
      [],
    ],
  ])
}, 60_000)

test('the buyer who comes later with the new license’s token finds the subscription that began without them', async () => {
  await stage.arrive('t1')
  await stage.poll(...renewal)
  const before = await standing()
  stage.market.resolve = () => Response.json(customer({ LicenseArn: licenseArn('b') }))
  await stage.arrive('t2')
  expect((await standing()).map(({ id }) => id)).toEqual(before.map(({ id }) => id))
})

test('the renewed purchase keeps access until its successor ends, and then loses it too: nobody keeps what nobody pays', async () => {
  await stage.arrive('t1')
  await stage.poll(...renewal)
  stage.clock.business = ms('15:00:00')
  await stage.poll(
    ended(T('14:40:00'), { agreement: 'agmt-2' }),
    deprovisioned(T('14:40:31'), { agreement: 'agmt-2', license: licenseArn('b') }),
  )
  await sweepSubscriptions(stage.edge)
  expect((await standing()).map(({ state, detail }) => [state, detail?.end?.at, detail?.access.why])).toEqual(
    [
      ['ended', ms('14:40:31'), 'ended'],
      ['ended', ms('14:40:31'), 'ended'],
    ],
  )
})

test('an old license that is taken back ends the old purchase alone', async () => {
  await stage.arrive('t1')
  await stage.poll(...renewal, deprovisioned(T('14:22:31')))
  expect((await standing()).map(({ state }) => state)).toEqual(['ended', 'active'])
})

test.each([
  ['of another account', { acceptor: { accountId: '999999999999' } }],
  ['of no account', { acceptor: {} }],
])('a renewal %s begins nothing: it waits and is shown', async (_, over) => {
  await stage.arrive('t1')
  const license = {
    agreement: { id: 'agmt-2' },
    product: { id: 'prod-f8wn5z1hj6t3b', code: '4dz8m1rf6yq2w7kx9p3vc5hn0' },
    license: { arn: licenseArn('b') },
    ...over,
  }
  await stage.poll(
    updated(T('14:10:00')),
    created(T('14:21:00'), { agreement: 'agmt-2', previous: 'agmt-1' }),
    updated(T('14:22:00'), { id: 'stray', detail: license }),
  )
  expect((await standing()).map(({ state }) => state)).toEqual(['active'])
  expect(await rows("SELECT id FROM inbox WHERE state = 'waiting' AND id = 'stray'")).toEqual([
    { id: 'stray' },
  ])
})

test('a license no agreement links to one of ours begins nothing, though its account has one subscription only (design §5.3)', async () => {
  await stage.arrive('t1')
  await stage.poll(
    updated(T('14:10:00')),
    created(T('14:21:00'), { agreement: 'agmt-2' }),
    updated(T('14:22:00'), { agreement: 'agmt-2', license: licenseArn('b') }),
  )
  expect(await standing()).toHaveLength(1)
  expect(await rows("SELECT count(*) AS n FROM inbox WHERE state = 'waiting'")).toEqual([{ n: 2 }])
})

test.each([
  ['another account', { CustomerAWSAccountId: '999999999999' }, {}],
  ['another product', { ProductCode: PRODUCT_CODE }, { code: PRODUCT_CODE }],
])(
  'a purchase of %s takes nothing over, whatever its agreement says of the one before',
  async (_, buyer, over) => {
    await stage.arrive('t1')
    await stage.poll(created(T('14:09:00')), updated(T('14:10:00')))
    stage.market.resolve = () => Response.json(customer({ LicenseArn: licenseArn('b'), ...buyer }))
    await stage.arrive('t2')
    await stage.poll(
      created(T('14:21:00'), { agreement: 'agmt-2', previous: 'agmt-1' }),
      updated(T('14:22:00'), { agreement: 'agmt-2', license: licenseArn('b'), ...over }),
    )
    await sweepSubscriptions(stage.edge)
    expect((await standing()).map(({ detail }) => [detail?.predecessor, detail?.successor])).toEqual([
      [null, null],
      [null, null],
    ])
  },
)

test('what goes on under another license and is renewed under that one stays one purchase: no license has two Ledgers', async () => {
  await stage.arrive('t1')
  await stage.poll(
    created(T('14:09:00')),
    updated(T('14:10:00')),
    updated(T('14:12:00'), { license: licenseArn('b') }),
    deprovisioned(T('14:12:31')),
  )
  for (const body of [
    updated(T('14:22:00'), { agreement: 'agmt-2', license: licenseArn('b') }),
    created(T('14:21:00'), { agreement: 'agmt-2', previous: 'agmt-1' }),
    ended(T('14:21:30'), { status: 'RENEWED' }),
  ])
    await stage.poll(body)
  expect((await standing()).map(({ state, detail }) => [state, detail?.agreementId])).toEqual([
    ['active', 'agmt-2'],
  ])
  await stage.poll(ended(T('14:28:00'), { agreement: 'agmt-2' }))
  expect((await standing()).map(({ state }) => state)).toEqual(['ending'])
  await stage.poll(deprovisioned(T('14:28:31'), { agreement: 'agmt-2', license: licenseArn('b') }))
  expect((await standing()).map(({ state }) => state)).toEqual(['ended'])
  expect(await rows("SELECT id FROM inbox WHERE state = 'waiting'")).toEqual([])
})
