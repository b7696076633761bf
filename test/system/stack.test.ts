/** The real program of `pulumi up` in a process of its own: preview, up, secrets, and everything that stops it. */
import { expect, test } from 'vitest'
import { readOutputs } from '../../commands/deploy/outputs.ts'
import { missingCli, previewByCli } from '../support/cli.ts'
import { listOf } from '../support/plan.ts'
import { runProgram } from '../support/engine.ts'
import { UNKNOWN } from '../support/resource-monitor.ts'
import { planStack, PUBLIC_URL } from '../support/stack.ts'

/** All that a stack can have, so that a secret or an unknown value has every place to come out. */
const FULL = {
  publicUrl: PUBLIC_URL,
  metering: 'live',
  mailFrom: 'billing@example.com',
  pushKeyVersion: 2,
  usageWriters: ['210987654321'],
  engineering: 'engineering@example.com',
  publisherRepository: 'example/application',
  serviceProduct: 'container',
  serviceImage: '1.0.0',
}

const IS_LIVE = /^live-/
const ALREADY_EXISTS = 'PutParameter, ParameterAlreadyExists: The parameter already exists.'

/** Gives Node a seller.config.ts with a slip in the account. */
const MISTAKEN = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  registerHooks({
    load(url, context, next) {
      const file = next(url, context)
      if (!url.endsWith('/seller.config.ts')) return file
      return { ...file, source: String(file.source).replace("account: '123456789012'", "account: '12345'") }
    },
  })
`)}`

test.concurrent('a preview plans all of it before AWS has answered anything, in 400 MB', async () => {
  const ran = await runProgram({ preview: true, config: FULL })
  expect(ran).toMatchObject({ exit: 0, errors: [], printed: '' })
  expect(listOf(ran.resources)).toEqual(listOf(await planStack(FULL)))
  expect(ran.peakBytes).toBeLessThan(400_000_000)
  expect(ran.outputs.values).toMatchObject({
    deployment: 'prod',
    account: '123456789012',
    metering: 'live',
    repositories: { container: UNKNOWN },
    publisherRoleArn: UNKNOWN,
    edge: { publicUrl: PUBLIC_URL, eventsQueueUrl: UNKNOWN, credentials: { kind: 'role', roleArn: UNKNOWN } },
  })
})

test.concurrent('after an up the outputs say all that a deploy needs, and what is secret stays marked', async () => {
  const ran = await runProgram({ config: { ...FULL, edgeCredentials: 'user' } })
  expect(ran).toMatchObject({ exit: 0, errors: [], printed: '' })
  expect(ran.outputs.values).toEqual({
    deployment: 'prod',
    account: '123456789012',
    metering: 'live',
    repositories: { container: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/prod/skillsmith' },
    publisherRoleArn: 'arn:aws:iam::123456789012:role/publisher-role-1a2b3c4',
    edge: {
      publicUrl: PUBLIC_URL,
      credentials: {
        kind: 'user',
        accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
        secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      },
      eventsQueueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/notifications-queue-1a2b3c4',
      eventsPushKeys: ['notifications-push-key-2-result', 'notifications-push-key-1-result'],
      legacyTopicArns: [],
      usageQueueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/usage-queue-queue-1a2b3c4',
      usageWriterPolicyArn: 'arn:aws:iam::123456789012:policy/usage-queue-writer-1a2b3c4',
      usageWriterRoleArn: 'arn:aws:iam::123456789012:role/usage-queue-writer-role-1a2b3c4',
      techAdminTopicArn: 'arn:aws:sns:us-east-1:123456789012:topics-tech-admin-1a2b3c4',
      mail: {
        from: 'billing@example.com',
        domain: 'example.com',
        configurationSet: 'tollgate-prod',
        dnsRecords: ['token1', 'token2', 'token3'].map((token) => ({
          name: `${token}._domainkey.example.com`,
          value: `${token}.dkim.amazonses.com`,
        })),
      },
      webhookUrl: null,
      metricsNamespace: 'Tollgate',
      liveParameters: ['/tollgate/prod-k3mv7q2xw9d4r/live', '/tollgate/prod-f8wn5z1hj6t3b/live'],
      cloudflareAccount: null,
    },
  })
  expect(readOutputs(JSON.stringify(ran.outputs.values))).toEqual({ ok: true, value: ran.outputs.values })
  expect(ran.outputs.secrets).toEqual(['edge.credentials.secretAccessKey', 'edge.eventsPushKeys'])
  const secrets = ['-result', 'wJalrXUtnFEMI']
  const shown = ran.resources.filter(
    ({ inputs, secretInputs }) =>
      secretInputs.length === 0 && secrets.some((secret) => JSON.stringify(inputs).includes(secret)),
  )
  expect(shown.map(({ name }) => name)).toEqual([])
  // The AWS provider takes the value of every parameter for a secret.
  const marked = ran.resources.filter(
    ({ name, secretInputs }) => secretInputs.length > 0 && !IS_LIVE.test(name),
  )
  expect(marked.map(({ name, secretInputs }) => [name, ...secretInputs])).toEqual([
    ['notifications-push-connection', 'authParameters.apiKey.value'],
  ])
})

test.concurrent('a second live stack is refused before it has the right to meter', async () => {
  const refusal = ({ name }: { readonly name: string }) => (IS_LIVE.test(name) ? ALREADY_EXISTS : null)
  const ran = await runProgram({ stack: 'second', config: FULL, refusal })
  expect(ran.errors).toContain(ALREADY_EXISTS)
  expect(ran.resources.map(({ name }) => name)).not.toContain('edge-identity-metering')
  expect(ran.outputs.values).toEqual({})
})

test.concurrent('a wrong config is told in sentences, all at once, and nothing is planned', async () => {
  const ran = await runProgram({ config: { metering: 'on', pubicUrl: PUBLIC_URL } })
  expect(ran).toMatchObject({ exit: 32, resources: [], invoked: [] })
  expect(ran.errors).toEqual([
    [
      "The stack's config cannot be used.",
      "  tollgate:metering: got 'on'. Give dry or live. For example: pulumi config set tollgate:metering dry",
      "  tollgate:publicUrl: got nothing. Give the Worker's own https address: its name alone, without a port, a path or a slash at the end. For example: pulumi config set tollgate:publicUrl https://tollgate.example.com",
      '  tollgate:pubicUrl: there is no such key. The nearest is tollgate:publicUrl. Take it out: pulumi config rm tollgate:pubicUrl',
    ].join('\n'),
  ])
})

test.concurrent('a mistake in seller.config.ts is told as it stands', async () => {
  const ran = await runProgram({ config: FULL, nodeArguments: ['--import', MISTAKEN] })
  expect(ran).toMatchObject({ exit: 32, resources: [], printed: '' })
  expect(ran.errors).toEqual([
    expect.stringMatching(/^seller\.config\.ts has one mistake:\n {2}seller\.account: got '12345'\. [^\n]+$/),
  ])
})

test.concurrent('without credentials of AWS it says so before anything is planned', async () => {
  const invokes = {
    'aws:index/getCallerIdentity:getCallerIdentity': () => {
      throw new Error('no valid credential sources found')
    },
  }
  const ran = await runProgram({ config: FULL, invokes })
  expect(ran).toMatchObject({ exit: 32, resources: [] })
  expect(ran.errors).toEqual([
    expect.stringMatching(
      /^AWS does not say whose credentials these are \(.*no valid credential sources found.*\): sign in/,
    ),
  ])
})

test.concurrent('a Node that cannot run TypeScript says so in one sentence, with the remedy', async () => {
  const ran = await runProgram({ config: FULL, nodeArguments: ['--no-experimental-strip-types'] })
  expect(ran).toMatchObject({ exit: 32, resources: [], printed: '' })
  expect(ran.errors).toEqual([
    expect.stringMatching(/^This is Node [\d.]+, which cannot run TypeScript: run `npm run up`/),
  ])
})

test.concurrent('one name given to two resources is refused', async () => {
  const ran = await runProgram({ program: 'test/system/programs/twice.mjs' })
  expect(ran.exit).not.toBe(0)
  expect(ran.errors.join('\n')).toContain(
    "Duplicate resource URN 'urn:pulumi:prod::tollgate::aws:sns/topic:Topic::twice'",
  )
})

/** It passes where it cannot run, and says so: nobody has to have the CLI, and its first run would fetch a provider. */
test.concurrent('where Pulumi’s own CLI is, its preview creates the same', async () => {
  const missing = await missingCli()
  if (missing !== null) return console.warn(`no pulumi: its own preview was not tried; ${missing}`)
  const given = { publicUrl: PUBLIC_URL, metering: 'live', usageWriters: ['210987654321'] }
  const ended = await previewByCli(given)
  expect(ended).toMatchObject({ exit: 0 })
  const { steps }: { readonly steps: readonly { readonly op: string; readonly urn: string }[] } = JSON.parse(
    ended.stdout,
  )
  const planned = (await planStack(given)).map(({ urn }) => `create ${urn}`)
  expect(steps.map(({ op, urn }) => `${op} ${urn}`).toSorted()).toEqual(
    [...planned, 'create urn:pulumi:prod::tollgate::pulumi:pulumi:Stack::tollgate-prod'].toSorted(),
  )
})
