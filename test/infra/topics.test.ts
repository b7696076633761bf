/** Topics by audience, as the plan has them: what AWS would accept of them is not proven here. */
import { expect, test } from 'vitest'
import { encryptionKey } from '../../infra/key.ts'
import { Topics, type TopicsArgs } from '../../infra/topics.ts'
import { ACCOUNT, documentIn, listOf, planOf, resourceOf, valueOf } from '../support/plan.ts'

const NOBODY = { productTeam: null, engineering: null, onCall: null, supportLead: null, techAdmin: null }
const topicArn = (name: string): string => `arn:aws:sns:us-east-1:${ACCOUNT}:${name}`

const planTopics = (args: Partial<TopicsArgs> = {}, onMade: (topics: Topics) => unknown = () => undefined) =>
  planOf(() => {
    const key = encryptionKey('prod', { account: ACCOUNT, legacy: false, mail: false })
    return onMade(
      new Topics('topics', {
        keyArn: key.arn,
        account: ACCOUNT,
        audiences: NOBODY,
        techAdminEmail: 'aws@skillsmith.example',
        mail: false,
        ...args,
      }),
    )
  })

test('where no audience is named the tech admin of the seller is told, by an encrypted topic of alarms alone', async () => {
  let found: readonly string[] = []
  const plan = await planTopics({}, async (topics) => {
    found = [...Object.keys(topics.arns), await valueOf(topics.arns.techAdmin)]
  })
  expect(listOf(plan).filter((line) => line.includes('topics'))).toEqual([
    'aws:sns/topic:Topic topics-tech-admin',
    'aws:sns/topicPolicy:TopicPolicy topics-tech-admin-policy',
    'aws:sns/topicSubscription:TopicSubscription topics-tech-admin-subscription',
    'tollgate:infra:Topics topics',
  ])
  const topic = resourceOf(plan, 'topics-tech-admin')
  expect(topic).toMatchObject({
    parent: 'topics',
    inputs: {
      displayName: 'Tollgate',
      kmsMasterKeyId: `arn:aws:kms:us-east-1:${ACCOUNT}:key/key-key-id`,
      signatureVersion: 2,
      region: 'us-east-1',
    },
  })
  const arn = topicArn('topics-tech-admin-1a2b3c4')
  expect(found).toEqual(['techAdmin', arn])
  expect(resourceOf(plan, 'topics-tech-admin-subscription').inputs).toEqual({
    topic: arn,
    protocol: 'email',
    endpoint: 'aws@skillsmith.example',
    region: 'us-east-1',
  })
  expect(documentIn(resourceOf(plan, 'topics-tech-admin-policy'))).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Fromcloudwatch',
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Resource: arn,
        Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
      },
    ],
  })
})

test('each audience has the topic of its address; one that exists is used as it is, one left out has none', async () => {
  let arns: Record<string, string> = {}
  const given = topicArn('existing')
  const plan = await planTopics(
    {
      audiences: {
        ...NOBODY,
        onCall: 'https://events.example.com/x',
        engineering: given,
        techAdmin: 'a@b.example',
      },
    },
    async (topics) => {
      const known = Object.entries(topics.arns).map(async ([audience, arn]) => [audience, await valueOf(arn)])
      arns = Object.fromEntries(await Promise.all(known))
    },
  )
  expect(arns).toEqual({
    techAdmin: topicArn('topics-tech-admin-1a2b3c4'),
    onCall: topicArn('topics-on-call-1a2b3c4'),
    engineering: given,
  })
  expect(
    plan
      .filter(({ type }) => type === 'aws:sns/topicSubscription:TopicSubscription')
      .map(({ inputs }) => [inputs['protocol'], inputs['endpoint']]),
  ).toEqual([
    ['email', 'a@b.example'],
    ['https', 'https://events.example.com/x'],
  ])
})

test('only the tech admin hears of mail that came back, and only where mail is sent', async () => {
  const audiences: TopicsArgs['audiences'] = { ...NOBODY, onCall: 'on@call.example' }
  const plan = await planTopics({ audiences, mail: true })
  const sids = (name: string) => documentIn(resourceOf(plan, name)).Statement.map(({ Sid }) => Sid)
  expect(sids('topics-tech-admin-policy')).toEqual(['Fromcloudwatch', 'Fromses'])
  expect(sids('topics-on-call-policy')).toEqual(['Fromcloudwatch'])
})
