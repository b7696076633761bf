/** Contract pricing: License Updated and something entitled; amounts and plans. Design §5.4; money §3, §4; facts §4. */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { nextDue } from '../../../worker/db/subscriptions.ts'
import { readDetail } from '../../../worker/lifecycle/state.ts'
import { sweepSubscriptions } from '../../../worker/lifecycle/sweep.ts'
import { customer, licenseArn, PRODUCT_CODE } from '../landing/browser.ts'
import { awsError } from '../support.ts'
import { created, ended, updated } from './marketplace.ts'
import { ms, only, orders, rows, T, useStage } from './stage.ts'

const stage = useStage()

const grants = (...list: readonly [string, number][]) => grantsOf(licenseArn('a'), ...list)

const grantsOf = (license: string, ...list: readonly [string, number][]) =>
  Response.json({
    Entitlements: list.map(([Dimension, IntegerValue]) => ({
      ProductCode: PRODUCT_CODE,
      Dimension,
      CustomerAWSAccountId: '012345678901',
      LicenseArn: license,
      Value: { IntegerValue },
      ExpirationDate: 1826791200,
    })),
  })

const contract = { license: licenseArn('a'), code: PRODUCT_CODE }

test('a contract is active once GetEntitlements has something, and asks again while it is empty', async () => {
  stage.market.resolve = () => Response.json(customer({ ProductCode: PRODUCT_CODE }))
  await stage.arrive()
  await stage.poll(updated(T('14:24:23'), contract))
  expect((await only()).state).toBe('pending')
  expect(await nextDue(env.DB)).toBe(stage.clock.business + 60_000)

  stage.clock.business += 60_000
  stage.market.entitlements = () => awsError('ThrottlingException')
  await sweepSubscriptions(stage.edge)
  expect(await nextDue(env.DB)).toBe(stage.clock.business + 120_000)

  stage.clock.business += 120_000
  stage.market.entitlements = () => grants(['team_users', 10])
  await sweepSubscriptions(stage.edge)
  expect((await only()).state).toBe('active')
  expect(await nextDue(env.DB)).toBeNull()
  expect((await orders()).map((order) => [order.activation, order.plans, order.amounts])).toEqual([
    [ms('14:24:23'), [{ fromHour: 0, plan: 'team' }], { team_users: '10', enterprise_users: '0' }],
  ])
})

test('a contract that is not granted yet tells its Ledger since when it is one: older usage is refused (money §5)', async () => {
  stage.market.resolve = () => Response.json(customer({ ProductCode: PRODUCT_CODE }))
  await stage.arrive()
  await stage.poll(created(T('14:23:22')), updated(T('14:24:23'), contract))
  expect((await orders()).map((order) => [order.agreementStart, order.activation])).toEqual([
    [ms('14:23:22'), null],
  ])
})

test('GetEntitlements is asked in us-east-1 for the license alone, and every page is read', async () => {
  stage.market.resolve = () => Response.json(customer({ ProductCode: PRODUCT_CODE }))
  await stage.arrive()
  let page = 0
  stage.market.entitlements = () => {
    page += 1
    return page === 1
      ? Response.json({ Entitlements: [], NextToken: 'more' })
      : grants(['enterprise_users', 25])
  }
  await stage.poll(updated(T('14:24:23'), contract))
  const asked = stage.market.calls.filter((call) => call.target === 'GetEntitlements')
  expect(asked.map(({ url, body }) => [url, body])).toEqual([
    [
      'https://entitlement.marketplace.us-east-1.amazonaws.com/',
      { ProductCode: PRODUCT_CODE, Filter: { LICENSE_ARN: [licenseArn('a')] }, MaxResults: 25 },
    ],
    [
      'https://entitlement.marketplace.us-east-1.amazonaws.com/',
      {
        ProductCode: PRODUCT_CODE,
        Filter: { LICENSE_ARN: [licenseArn('a')] },
        MaxResults: 25,
        NextToken: 'more',
      },
    ],
  ])
  expect((await orders()).at(-1)?.plans).toEqual([{ fromHour: 0, plan: 'enterprise' }])
})

test('a changed contract changes amounts at once and the plan from the next hour on (money §4)', async () => {
  stage.market.resolve = () => Response.json(customer({ ProductCode: PRODUCT_CODE }))
  await stage.arrive()
  stage.market.entitlements = () => grants(['team_users', 10])
  await stage.poll(updated(T('14:24:23'), contract))
  stage.market.entitlements = () => grants(['team_users', 0], ['enterprise_users', 50])
  stage.clock.business = ms('16:40:00')
  await stage.poll(updated(T('16:39:00'), contract))
  expect((await orders()).at(-1)).toMatchObject({
    activation: ms('14:24:23'),
    amounts: { team_users: '0', enterprise_users: '50' },
    plans: [
      { fromHour: 0, plan: 'team' },
      { fromHour: ms('17:00:00'), plan: 'enterprise' },
    ],
  })
})

test('a failed answer about a changed contract is no amount: none is known until AWS answers, access stays (money §3)', async () => {
  stage.market.resolve = () => Response.json(customer({ ProductCode: PRODUCT_CODE }))
  await stage.arrive()
  stage.market.entitlements = () => grants(['team_users', 10])
  await stage.poll(updated(T('14:24:23'), contract))
  stage.market.entitlements = () => awsError('ThrottlingException')
  await stage.poll(updated(T('14:29:00'), contract))
  const unknown = { team_users: null, enterprise_users: null }
  expect([(await only()).state, (await orders()).at(-1)?.amounts]).toEqual(['active', unknown])
  const version = (await only()).version
  await sweepSubscriptions(stage.edge)
  expect((await only()).version).toBe(version)

  stage.clock.business = (await nextDue(env.DB)) ?? 0
  stage.market.entitlements = () => grants(['team_users', 20])
  await sweepSubscriptions(stage.edge)
  expect((await orders()).at(-1)?.amounts).toEqual({ team_users: '20', enterprise_users: '0' })
})

const access = async () => {
  const [row] = await rows<{ detail: string }>('SELECT detail FROM subscriptions')
  return row && readDetail(row)?.access
}

test('an empty answer about a running contract is no end: access goes once AWS has said so for a quarter of an hour, and comes back with an answer', async () => {
  stage.market.resolve = () => Response.json(customer({ ProductCode: PRODUCT_CODE }))
  await stage.arrive()
  stage.market.entitlements = () => grants(['team_users', 10])
  await stage.poll(updated(T('14:24:23'), contract))
  stage.market.entitlements = () => Response.json({ Entitlements: [] })
  await stage.poll(updated(T('14:29:00'), contract))
  const said = stage.clock.business
  expect((await only()).state).toBe('active')
  expect((await orders()).at(-1)?.amounts).toEqual({ team_users: '10', enterprise_users: '0' })
  const seen: unknown[] = []
  const askAgain = async () => {
    const due = await nextDue(env.DB)
    if (due === null) throw new Error('AWS is asked no more')
    stage.clock.business = due
    await sweepSubscriptions(stage.edge)
    return stage.clock.business - said
  }
  for (let at = 0; at <= 900_000; at = await askAgain()) seen.push([at, (await access())?.granted])
  expect(seen).toEqual([
    [0, true],
    [60_000, true],
    [180_000, true],
    [420_000, true],
    [900_000, false],
  ])
  expect(await access()).toEqual({ granted: false, since: ms('14:29:00'), why: 'no-entitlement' })
  // The life goes on: what was used is billed, and the contract's own end comes as an event.
  expect((await orders()).at(-1)).toMatchObject({ activation: ms('14:24:23'), end: null })

  // No event comes when AWS has what it lacked: it is asked on, at last once a day.
  const later: number[] = []
  for (let asked = 0; asked < 8; asked += 1) later.push((await askAgain()) / 60_000)
  expect(later.map((at, index) => at - (later[index - 1] ?? 31))).toEqual([
    32, 64, 128, 256, 512, 1_024, 1_440, 1_440,
  ])
  // An answer that fails takes nothing back of what AWS said.
  stage.market.entitlements = () => awsError('ThrottlingException')
  await askAgain()
  expect((await access())?.why).toBe('no-entitlement')
  // Nor does an event without anything entitled behind it.
  stage.market.entitlements = () => Response.json({ Entitlements: [] })
  await stage.poll(updated(new Date(stage.clock.business).toISOString(), contract))
  expect((await access())?.granted).toBe(false)
  stage.market.entitlements = () => grants(['team_users', 5])
  await askAgain()
  expect(await access()).toEqual({ granted: true, since: ms('14:24:23'), why: 'active' })
  expect(await nextDue(env.DB)).toBeNull()
})

test('a contract that goes on under another license is asked for that one: the old license’s nothing takes no access', async () => {
  stage.market.resolve = () => Response.json(customer({ ProductCode: PRODUCT_CODE }))
  await stage.arrive()
  stage.market.entitlements = () => grants(['team_users', 10])
  await stage.poll(updated(T('14:24:23'), contract))
  const asked: unknown[] = []
  stage.market.entitlements = ({ body }) => {
    const { LICENSE_ARN } = Object(body['Filter'])
    asked.push(LICENSE_ARN)
    return String(LICENSE_ARN) === licenseArn('b')
      ? grants(['team_users', 20])
      : Response.json({ Entitlements: [] })
  }
  await stage.poll(updated(T('14:29:00'), { ...contract, license: licenseArn('b') }))
  expect(asked).toEqual([[licenseArn('b')]])
  expect((await orders()).at(-1)?.amounts).toEqual({ team_users: '20', enterprise_users: '0' })
  expect(await nextDue(env.DB)).toBeNull()
})

test('a contract’s expiry date alone cuts nothing: with auto-renewal it is the renewal date (facts §4)', async () => {
  stage.market.resolve = () => Response.json(customer({ ProductCode: PRODUCT_CODE }))
  await stage.arrive()
  stage.market.entitlements = () => grants(['team_users', 10])
  await stage.poll(updated(T('14:24:23'), contract))
  const before = await only()
  stage.clock.business = (1_826_791_200 + 86_400) * 1_000
  await stage.poll()
  expect([await access(), await only()]).toEqual([
    { granted: true, since: ms('14:24:23'), why: 'active' },
    before,
  ])
})

test('a pay-as-you-go product never asks for entitlements (facts §1.3)', async () => {
  await stage.arrive()
  await stage.poll(updated(T('14:24:23')))
  expect(stage.market.calls.filter((call) => call.target === 'GetEntitlements')).toEqual([])
})

test('who replaces a purchase that never began takes over no month, and its own if it began after all (money §4 *Successor*)', async () => {
  stage.market.resolve = () => Response.json(customer({ ProductCode: PRODUCT_CODE }))
  const granted = new Set(['b'])
  stage.market.entitlements = (call) => {
    const tail = ['a', 'b'].find((one) => JSON.stringify(call.body).includes(licenseArn(one))) ?? ''
    return granted.has(tail) ? grantsOf(licenseArn(tail), ['team_users', 10]) : grants()
  }
  await stage.arrive()
  await stage.poll(
    created(T('14:10:00')),
    updated(T('14:11:00'), contract),
    ended(T('14:21:00'), { status: 'REPLACED' }),
    created(T('14:21:10'), { agreement: 'agmt-2', previous: 'agmt-1' }),
    updated(T('14:22:00'), { agreement: 'agmt-2', license: licenseArn('b'), code: PRODUCT_CODE }),
  )
  const [old] = await rows<{ id: string }>('SELECT id FROM subscriptions ORDER BY license_tail')
  const told = async () => (await orders()).findLast(({ subscription }) => subscription !== old?.id)
  stage.clock.business += 5 * 60_000
  await sweepSubscriptions(stage.edge)
  expect(await told()).toMatchObject({ activation: ms('14:22:00'), predecessor: null })

  granted.add('a')
  stage.clock.business += 5 * 60_000
  await sweepSubscriptions(stage.edge)
  await sweepSubscriptions(stage.edge)
  expect(await told()).toMatchObject({ activation: ms('14:22:00'), predecessor: old?.id })
})
