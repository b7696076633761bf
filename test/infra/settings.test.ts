/** The stack's config: what each key takes, every mistake told at once, and Pulumi.yaml and the reader held to each other. */
import { describe, expect, test } from 'vitest'
import seller from '../../seller.config.ts'
import { partsOf } from '../../infra/parts.ts'
import { readSettings } from '../../infra/settings.ts'
import { declared, projectFile, stackConfig, type Given } from '../support/stack-config.ts'

const parts = partsOf(seller)
const URL = 'https://tollgate.example.com'
const QUEUE = 'https://sqs.us-east-1.amazonaws.com/123456789012/marketplace-events'

const read = (given: Given = {}, stack = 'prod', sold: Pick<typeof parts, 'saas' | 'containers'> = parts) =>
  readSettings({ stack, all: stackConfig({ publicUrl: URL, ...given }) }, sold)

function mistakesOf(given: Given, stack?: string, sold?: Pick<typeof parts, 'saas' | 'containers'>) {
  const settings = read(given, stack, sold)
  return settings.ok ? [] : settings.error
}

describe('what each key takes', () => {
  test('with only an address the stack is dry, has a role and nothing that was not asked for', () => {
    expect(read()).toEqual({
      ok: true,
      value: {
        stack: 'prod',
        region: 'eu-central-1',
        metering: 'dry',
        publicUrl: URL,
        edgeCredentials: 'role',
        cloudflareAccount: null,
        webhookUrl: null,
        mailFrom: null,
        pushKeyVersion: 1,
        usageWriters: [],
        audiences: { productTeam: null, engineering: null, onCall: null, supportLead: null, techAdmin: null },
        logDays: 90,
        pullAccounts: [],
        adopt: { repositories: {}, eventsQueue: null, usageQueue: null },
        service: null,
        publisher: null,
      },
    })
  })

  test('every key that is given stands in the settings', () => {
    expect(read(EVERY_KEY)).toMatchObject({
      ok: true,
      value: {
        metering: 'live',
        edgeCredentials: 'user',
        mailFrom: 'Example <billing@example.com>',
        pushKeyVersion: 3,
        usageWriters: ['arn:aws:iam::123456789012:role/application', '210987654321'],
        audiences: { onCall: 'arn:aws:sns:us-east-1:123456789012:on-call', techAdmin: 'aws@example.com' },
        logDays: 365,
        adopt: { repositories: { container: 'skillsmith' }, eventsQueue: QUEUE },
        service: {
          product: 'container',
          architecture: 'ARM64',
          cpu: '1024',
          memory: '3072',
          network: { subnetIds: ['subnet-0a1b2c3d', 'subnet-0a1b2c3e'] },
          secrets: { DATABASE_URL: 'arn:aws:ssm:eu-central-1:123456789012:parameter/database' },
        },
        publisher: {
          repository: 'example/application',
          environment: 'production',
          marketplacePrefix: 'example',
        },
      },
    })
  })

  test('a repository at GitHub is named by its ids too, as the tokens of a newer one have it', () => {
    expect(mistakesOf({ publisherRepository: 'example@123456/application@456789' })).toEqual([])
  })

  test('an address at workers.dev is the one of the stack’s own Worker', () => {
    const publicUrl = 'https://tollgate-prod.example.workers.dev'
    expect(read({ publicUrl })).toMatchObject({ ok: true, value: { publicUrl } })
    expect(mistakesOf({ publicUrl }, 'test')).toHaveLength(1)
  })

  test('a seller of containers alone needs no address, for there is no Worker', () => {
    expect(mistakesOf({ publicUrl: '' }, 'prod', { ...parts, saas: [] })).toEqual([])
  })
})

describe('a mistake names its key, what it got and a command that mends it', () => {
  test.each<readonly [key: string, got: Given[string], mistake: RegExp]>([
    ['aws:region', 'Frankfurt', /^aws:region: got 'Frankfurt'\. .*pulumi config set aws:region us-east-1$/],
    ['metering', 'on', /got 'on'\. Give dry or live\./],
    [
      'publicUrl',
      '',
      /^tollgate:publicUrl: got nothing\. .* set tollgate:publicUrl https:\/\/tollgate\.example\.com$/,
    ],
    ['publicUrl', 'http://tollgate.example.com', /got 'http:/],
    ['publicUrl', 'https://tollgate.example.com/', /without a port, a path or a slash/],
    ['publicUrl', 'https://tollgate.example.com:8443', /without a port/],
    ['publicUrl', 'https://Tollgate.example.com', /got 'https:\/\/Tollgate/],
    ['publicUrl', 'https://localhost', /got 'https:\/\/localhost'/],
    ['publicUrl', 'https://tollgate.example.workers.dev', /the Worker of this stack is tollgate-prod, below/],
    ['edgeCredentials', 'key', /Give role or user\./],
    ['cloudflareAccount', 'mine', /32 hexadecimal digits/],
    ['webhookUrl', 'http://app.example.com/hook', /Give an https address/],
    ['mailFrom', 'billing', /e-mail address/],
    ['pushKeyVersion', 0, /got '0'\. Give a whole number from 1 to/],
    [
      'usageWriters',
      'arn:aws:iam::123456789012:role/application',
      /got 'arn:.*Give a list\..*--path 'tollgate:usageWriters\[0\]'/,
    ],
    ['usageWriters', ['*'], /got '\*'\. .*of which the application writes/],
    ['productTeam', 'product', /e-mail address, an https address .* or the ARN of a topic/],
    ['engineering', 'http://example.com', /got 'http:/],
    ['onCall', 'arn:aws:sqs:us-east-1:123456789012:queue', /ARN of a topic/],
    ['supportLead', '@', /got '@'/],
    ['techAdmin', 'aws@', /got 'aws@'/],
    ['logDays', 100, /got '100'\. Give 1 or 3 or 5 .* 3653\./],
    ['pullAccounts', ['1234'], /got '1234'\. Give the 12 digits.* --type string --path .* 210987654321$/],
    ['adoptRepositories', ['skillsmith'], /Give NAME=VALUE\. As the name: Give container\./],
    ['adoptRepositories', ['subscription=skillsmith'], /got 'subscription=skillsmith'/],
    ['adoptRepositories', ['container=one', 'container=two'], /only once/],
    ['adoptEventsQueue', 'https://sqs.eu-central-1.amazonaws.com/123456789012/q', /in us-east-1/],
    ['adoptUsageQueue', 'q', /URL of a standard queue/],
    ['publisherRepository', 'application', /owner\/name/],
    ['publisherRepository', 'example/application@42', /owner@id\/name@id/],
    ['publisherRepository', 'example@*/application@*', /owner@id\/name@id/],
    ['publisherEnvironment', '', /publisherEnvironment: got nothing/],
    ['publisherProviderArn', 'arn:aws:iam::123456789012:oidc-provider/example.com', /provider for GitHub/],
    ['marketplacePrefix', 'example', /^tollgate:publisherRepository: got nothing/],
    ['marketplacePrefix', 'example/app', /before the first slash/],
  ])('%s %j', (key, got, mistake) => {
    expect(mistakesOf({ [key]: got }).join('\n')).toMatch(mistake)
  })

  const SERVICE = { serviceProduct: 'container', serviceImage: '1.0.0' }
  test.each<readonly [given: Given, mistake: RegExp]>([
    [{ serviceProduct: 'container' }, /^tollgate:serviceImage: got nothing/],
    [
      { serviceImage: '1.0.0' },
      /^tollgate:serviceProduct: got nothing.*set tollgate:serviceProduct container$/,
    ],
    [
      { serviceVpc: 'vpc-0a1b2c3d', serviceSubnets: ['subnet-0a1b2c3d', 'subnet-0a1b2c3e'] },
      /serviceProduct: got nothing/,
    ],
    [{ ...SERVICE, serviceProduct: 'subscription' }, /got 'subscription'\. Give container\./],
    [{ ...SERVICE, serviceImage: 'repository:1.0.0' }, /digest or the tag/],
    [{ ...SERVICE, serviceArchitecture: 'arm64' }, /Give X86_64 or ARM64/],
    [{ ...SERVICE, serviceCpu: '300' }, /serviceCpu: got '300'\. Give 256 or 512/],
    [{ ...SERVICE, serviceMemory: '1536' }, /With 256 CPU units Fargate takes 512, 1024 or 2048 MiB/],
    [
      { ...SERVICE, serviceCpu: '4096' },
      /With 4096 CPU units Fargate takes 8192 to 30720 in steps of 1024 MiB/,
    ],
    [{ ...SERVICE, serviceCpu: '8192', serviceMemory: '17408' }, /in steps of 4096/],
    [{ ...SERVICE, serviceMinTasks: 0 }, /serviceMinTasks: got '0'\. Give a whole number from 1 to 1000/],
    [{ ...SERVICE, serviceMinTasks: 5 }, /serviceMaxTasks: got '4'\. It is below serviceMinTasks, 5/],
    [{ ...SERVICE, serviceMaxTasks: 0 }, /serviceMaxTasks: got '0'/],
    [{ ...SERVICE, serviceVpc: 'vpc-0a1b2c3d' }, /serviceSubnets: got nothing.*at least two/],
    [
      { ...SERVICE, serviceVpc: 'vpc-0a1b2c3d', serviceSubnets: ['subnet-0a1b2c3d'] },
      /serviceSubnets: got 'subnet-0a1b2c3d'.*at least two/,
    ],
    [{ ...SERVICE, serviceSubnets: ['subnet-0a1b2c3d'] }, /serviceVpc: got nothing/],
    [{ ...SERVICE, serviceSubnets: ['main'] }, /serviceSubnets: got 'main'/],
    [{ ...SERVICE, serviceSecrets: ['DATABASE_URL=postgres://'] }, /got 'DATABASE_URL=postgres:\/\/'/],
    [
      { ...SERVICE, serviceSecrets: ['database=arn:aws:ssm:eu-central-1:123456789012:parameter/d'] },
      /in capitals/,
    ],
  ])('%j', (given, mistake) => {
    expect(mistakesOf(given).join('\n')).toMatch(mistake)
  })

  test('an architecture that the image has not, and a product that an agent counts for', () => {
    const [container] = parts.containers
    if (container === undefined) throw new Error('the seller of these tests sells a container')
    const image = { ...container.image, platforms: ['linux/arm64' as const] }
    const sold = { ...parts, containers: [{ ...container, metering: 'agent' as const, image }] }
    expect(mistakesOf(SERVICE, 'prod', sold)).toEqual([
      expect.stringContaining(
        "serviceArchitecture: got 'X86_64'. The image of container has no linux/amd64.",
      ),
      expect.stringContaining('serviceProduct: got'),
    ])
  })

  test.each(['Prod', 'prod_1', '1st', 'prod-', 'prod--eu', 'a'.repeat(33)])('the stack %s', (stack) => {
    expect(mistakesOf({}, stack)).toEqual([expect.stringContaining(`The stack's name: got '${stack}'.`)])
  })

  test('all of them together, in the order of Pulumi.yaml', () => {
    expect(mistakesOf({ metering: 'on', publicUrl: '', logDays: 100, metring: 'live' })).toEqual([
      expect.stringMatching(/^tollgate:metering: /),
      expect.stringMatching(/^tollgate:publicUrl: /),
      expect.stringMatching(/^tollgate:logDays: /),
      expect.stringMatching(/^tollgate:metring: /),
    ])
  })

  test('a key that there is not, with the nearest one; another project’s keys are its own', () => {
    expect(mistakesOf({ publicURL: URL, cloudflare: '', 'aws:profile': 'seller' })).toEqual([
      'tollgate:publicURL: there is no such key. The nearest is tollgate:publicUrl. ' +
        'Take it out: pulumi config rm tollgate:publicURL',
      'tollgate:cloudflare: there is no such key. Pulumi.yaml names those there are. ' +
        'Take it out: pulumi config rm tollgate:cloudflare',
    ])
  })
})

describe('Pulumi.yaml and the reader are of one mind', () => {
  test('every key declared is read, every key read is declared, and these tests give each', () => {
    const asked = new Set<string>()
    const all = new Proxy(stackConfig(EVERY_KEY), {
      get: (config, key) => {
        asked.add(String(key))
        return Reflect.get(config, key)
      },
    })
    expect(readSettings({ stack: 'prod', all }, parts).ok).toBe(true)
    const ours = Object.keys(declared).map((key) => `tollgate:${key}`)
    expect([...asked].toSorted()).toEqual([...ours, 'aws:region'].toSorted())
    expect(Object.keys(EVERY_KEY).toSorted()).toEqual(Object.keys(declared).toSorted())
  })

  test('each is described by a sentence, typed, and has a default of its type', () => {
    for (const [key, { type, description, default: given, items }] of Object.entries(declared)) {
      expect([key, description]).toEqual([key, expect.stringMatching(/^[A-Za-z].{20,}\.$/)])
      const is = Array.isArray(given) ? 'array' : typeof given === 'number' ? 'integer' : typeof given
      expect([key, is]).toEqual([key, type])
      expect([key, items?.type]).toEqual([key, type === 'array' ? 'string' : undefined])
    }
  })

  test('the program is the one that Node runs as it is', () => {
    expect(projectFile).toMatchObject({
      name: 'tollgate',
      runtime: { name: 'nodejs', options: { typescript: false, packagemanager: 'npm' } },
      main: 'infra/main.mjs',
    })
  })
})

const EVERY_KEY: Given = {
  metering: 'live',
  publicUrl: URL,
  edgeCredentials: 'user',
  cloudflareAccount: '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
  webhookUrl: 'https://app.example.com/webhooks/tollgate',
  mailFrom: 'Example <billing@example.com>',
  pushKeyVersion: 3,
  usageWriters: ['arn:aws:iam::123456789012:role/application', '210987654321'],
  productTeam: 'product@example.com',
  engineering: 'https://hooks.example.com/engineering',
  onCall: 'arn:aws:sns:us-east-1:123456789012:on-call',
  supportLead: 'support@example.com',
  techAdmin: 'aws@example.com',
  logDays: 365,
  pullAccounts: ['210987654321'],
  adoptRepositories: ['container=skillsmith'],
  adoptEventsQueue: QUEUE,
  adoptUsageQueue: QUEUE,
  serviceProduct: 'container',
  serviceImage: '1.0.0',
  serviceArchitecture: 'ARM64',
  serviceCpu: '1024',
  serviceMemory: '3072',
  serviceMinTasks: 2,
  serviceMaxTasks: 8,
  serviceVpc: 'vpc-0a1b2c3d',
  serviceSubnets: ['subnet-0a1b2c3d', 'subnet-0a1b2c3e'],
  serviceSecrets: ['DATABASE_URL=arn:aws:ssm:eu-central-1:123456789012:parameter/database'],
  publisherRepository: 'example/application',
  publisherEnvironment: 'production',
  publisherProviderArn: 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com',
  marketplacePrefix: 'example',
}
