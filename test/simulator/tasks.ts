/** A buyer's task for tests, with AWS's own clients under the credentials its platform gives it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MarketplaceMeteringClient } from '@aws-sdk/client-marketplace-metering'
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { RunTask, Simulator } from './simulator.ts'
import { temporaryFolder } from './simulator.ts'

export interface RoleCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

/** As an SDK gets them: from the container's credentials endpoint, or with the pod's token from STS. */
export async function credentialsOf(
  { url }: Simulator,
  { env, token = '' }: RunTask,
): Promise<RoleCredentials> {
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: endpoint } = env
  if (endpoint !== undefined) {
    const given = (await (await fetch(endpoint)).json()) as { [name: string]: string }
    return {
      accessKeyId: given['AccessKeyId'] ?? '',
      secretAccessKey: given['SecretAccessKey'] ?? '',
      sessionToken: given['Token'] ?? '',
    }
  }
  const file = join(temporaryFolder(), 'token')
  writeFileSync(file, token)
  const sts = new STSClient({ endpoint: url, region: 'us-east-1', maxAttempts: 1 })
  const { Credentials: given } = await sts.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: env['AWS_ROLE_ARN'],
      RoleSessionName: 'pod',
      WebIdentityToken: readFileSync(file, 'utf8'),
    }),
  )
  return {
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    sessionToken: given?.SessionToken ?? '',
  }
}

/** Each call is made once, in the task's Region unless told otherwise. */
export async function meteringOf(simulator: Simulator, task: RunTask, more: object = {}) {
  return new MarketplaceMeteringClient({
    endpoint: simulator.url,
    region: task.env['AWS_REGION'] ?? 'us-east-1',
    credentials: await credentialsOf(simulator, task),
    maxAttempts: 1,
    ...more,
  })
}

/** What a call failed with; `accepted` when it did not. */
export const nameOfFailure = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'accepted',
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  )
