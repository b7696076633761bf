/** The simulator as the AWS account that a stack is in: it trusts the tokens of one issuer and one deployment. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { StackOutputs } from '../../../shared/stack.ts'
import { ROOT } from '../repository.ts'
import { ACCOUNT } from '../cloudflare.ts'

export interface Aws {
  readonly url: string
  /** What `pulumi up` would say of a dry stack there. */
  readonly outputs: StackOutputs
  end(): void
}

/** Canaries: what no output, log, configuration or argument may hold. */
export const PUSH_KEY = 'push-key-canary-0123456789'

export async function startAws(publicUrl: string, stack: string, folder: string): Promise<Aws> {
  const child = spawn(
    process.execPath,
    [
      join(ROOT, 'simulator', 'main.ts'),
      '--die-with-parent',
      '--port=0',
      `--state=${folder}`,
      `--landing-url=${publicUrl}/`,
      `--oidc-issuer=${publicUrl}`,
      `--oidc-subject=worker:${stack}`,
      `--oidc-at=${publicUrl}`,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const line = await new Promise<string>((listening, failed) => {
    createInterface({ input: child.stdout }).once('line', listening)
    child.once('exit', (code) => failed(new Error(`the simulator ended with ${code}`)))
  })
  const { url, eventsQueueUrl, usageQueueUrl, topicArn, roleArn } = JSON.parse(line) as Record<string, string>
  return {
    url: url ?? '',
    outputs: outputsOf({ publicUrl, stack, eventsQueueUrl, usageQueueUrl, topicArn, roleArn }),
    end: () => void child.kill('SIGTERM'),
  }
}

interface Parts {
  readonly publicUrl: string
  readonly stack: string
  readonly eventsQueueUrl?: string | undefined
  readonly usageQueueUrl?: string | undefined
  readonly topicArn?: string | undefined
  readonly roleArn?: string | undefined
}

/** Outputs of a dry stack; what is left out is AWS's own form. */
export function outputsOf({
  publicUrl,
  stack,
  eventsQueueUrl = 'https://sqs.us-east-1.amazonaws.com/123456789012/events',
  usageQueueUrl = 'https://sqs.us-east-1.amazonaws.com/123456789012/usage',
  topicArn = 'arn:aws:sns:us-east-1:123456789012:tech-admin',
  roleArn = 'arn:aws:iam::123456789012:role/edge',
}: Parts) {
  return {
    deployment: stack,
    account: '123456789012',
    metering: 'dry',
    edge: {
      publicUrl,
      credentials: { kind: 'role', roleArn, providerArn: 'arn:aws:iam::123456789012:oidc-provider/edge' },
      eventsQueueUrl,
      eventsPushKeys: [PUSH_KEY],
      legacyTopicArns: [],
      usageQueueUrl,
      usageWriterPolicyArn: 'arn:aws:iam::123456789012:policy/writer',
      usageWriterRoleArn: null,
      techAdminTopicArn: topicArn,
      mail: null,
      webhookUrl: null,
      metricsNamespace: 'Tollgate',
      liveParameters: [],
      cloudflareAccount: ACCOUNT,
    },
    repositories: {},
    publisherRoleArn: null,
  } as const satisfies StackOutputs
}
