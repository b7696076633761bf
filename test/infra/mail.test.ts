/** Mail by SES as the plan has it. That a receiver takes it, and that SES believes the DNS, is not proven here. */
import { expect, test } from 'vitest'
import { Mail } from '../../infra/mail.ts'
import { ACCOUNT, listOf, planOf, resourceOf, valueOf } from '../support/plan.ts'
import { planStack } from '../support/stack.ts'

const TOPIC = `arn:aws:sns:us-east-1:${ACCOUNT}:tech-admin`

const build = (from = 'Skillsmith <AWS@Skillsmith.app>') =>
  new Mail('mail', { from, stack: 'prod', topicArn: TOPIC, dependsOn: [] })

test('the domain is proven by DKIM, and what comes back is told to the tech admin', async () => {
  const plan = await planOf(() => build())

  expect(listOf(plan)).toEqual([
    'aws:sesv2/configurationSet:ConfigurationSet mail-set',
    'aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination mail-come-back',
    'aws:sesv2/emailIdentity:EmailIdentity mail-identity',
    'tollgate:infra:Mail mail',
  ])
  expect(resourceOf(plan, 'mail-identity').inputs).toEqual({
    emailIdentity: 'skillsmith.app',
    dkimSigningAttributes: { nextSigningKeyLength: 'RSA_2048_BIT' },
    region: 'us-east-1',
  })
  expect(resourceOf(plan, 'mail-set').inputs).toEqual({
    configurationSetName: 'tollgate-prod',
    deliveryOptions: { tlsPolicy: 'REQUIRE' },
    reputationOptions: { reputationMetricsEnabled: true },
    sendingOptions: { sendingEnabled: true },
    suppressionOptions: { suppressedReasons: ['BOUNCE', 'COMPLAINT'] },
    region: 'us-east-1',
  })
  expect(resourceOf(plan, 'mail-come-back').inputs).toEqual({
    configurationSetName: 'tollgate-prod',
    eventDestinationName: 'tech-admin',
    eventDestination: {
      enabled: true,
      matchingEventTypes: ['BOUNCE', 'COMPLAINT', 'REJECT'],
      snsDestination: { topicArn: TOPIC },
    },
    region: 'us-east-1',
  })
})

test('SES is told where to tell of what came back once the topic takes from it', async () => {
  const plan = await planStack({ mailFrom: 'billing@example.com' })
  expect(resourceOf(plan, 'mail-come-back').dependsOn).toContain('topics-tech-admin-policy')
})

test.each([
  ['aws@skillsmith.app', 'aws@skillsmith.app', 'skillsmith.app'],
  ['Skillsmith <AWS@Skillsmith.app>', 'AWS@Skillsmith.app', 'skillsmith.app'],
  ['"Smith" <a.b+c@mail.skillsmith.app>', 'a.b+c@mail.skillsmith.app', 'mail.skillsmith.app'],
])('%s writes as %s, and %s is proven', async (from, address, domain) => {
  let told: unknown
  await planOf(() => {
    const mail = build(from)
    told = [mail.address, mail.domain]
  })
  expect(told).toEqual([address, domain])
})

test('the three CNAMEs that prove the domain are told', async () => {
  let told: unknown
  await planOf(async () => {
    told = await valueOf(build().dnsRecords)
  })
  expect(told).toEqual(
    ['token1', 'token2', 'token3'].map((token) => ({
      name: `${token}._domainkey.skillsmith.app`,
      value: `${token}.dkim.amazonses.com`,
    })),
  )
})
