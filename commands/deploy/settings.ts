/** The Worker's settings and secrets as a deployment gives them (worker/env.ts reads them). Pure: secrets are handed in. */
import type { EdgeOutputs, StackOutputs } from '../../shared/stack.ts'
import { isLoopback } from './origin.ts'
import type { Sold } from './sold.ts'
import type { Running } from './standing.ts'

/** What is new in this deployment; hashes are SHA-256, 64 hex digits. */
export interface Made {
  /** For this deployment's own check; opens that one route only. */
  readonly deployKeyHash: string
  /** Of the operator's key. */
  readonly operatorKeyHash: string
  /** Null: the Worker has one, and it stays. */
  readonly sessionSecret: string | null
}

export interface WorkerSettings {
  readonly vars: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, string>>
}

/** `awsEndpoint` counts only where the Worker is on this machine: nobody's production calls another AWS. */
export function settingsOf(
  { deployment, metering }: StackOutputs,
  edge: EdgeOutputs,
  sold: Sold,
  made: Made,
  awsEndpoint: string | undefined,
): WorkerSettings {
  const { credentials, mail } = edge
  const vars: Readonly<Record<string, string | null | undefined>> = {
    PUBLIC_URL: edge.publicUrl,
    DEPLOYMENT: deployment,
    METERING: metering,
    AWS_ROLE_ARN: credentials.kind === 'role' ? credentials.roleArn : null,
    EVENTS_QUEUE_URL: edge.eventsQueueUrl,
    USAGE_QUEUE_URL: edge.usageQueueUrl,
    LEGACY_TOPIC_ARNS: edge.legacyTopicArns.length === 0 ? null : edge.legacyTopicArns.join(','),
    TECH_ADMIN_TOPIC_ARN: edge.techAdminTopicArn,
    MAIL_FROM: mail?.from,
    MAIL_CONFIGURATION_SET: mail?.configurationSet,
    WEBHOOK_URL: edge.webhookUrl,
    METRICS_NAMESPACE: edge.metricsNamespace,
    // A hash of 32 random bytes is no secret, and a plain setting belongs to its version: a rollback brings back the key before.
    OPERATOR_KEY_HASH: made.operatorKeyHash,
    DEPLOY_KEY_HASH: made.deployKeyHash,
    SOLD: JSON.stringify(sold),
    AWS_ENDPOINT: isLoopback(edge.publicUrl) ? awsEndpoint : null,
  }
  return {
    vars: Object.fromEntries(Object.entries(vars).flatMap(([name, value]) => (value ? [[name, value]] : []))),
    secrets: {
      EVENTS_PUSH_KEYS: edge.eventsPushKeys.join(','),
      ...(made.sessionSecret === null ? {} : { SESSION_SECRET: made.sessionSecret }),
      ...(credentials.kind === 'user'
        ? { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey }
        : {}),
    },
  }
}

/** Whether the secret that seals and hashes is to be made: once in the Worker's life. */
export const needsSessionSecret = (running: Running | null): boolean =>
  !(running?.secrets.has('SESSION_SECRET') ?? false)

/** The hash of the operator's key that is in force; undefined: there is no key yet. */
export const operatorKeyHashOf = (running: Running | null): string | undefined =>
  running?.vars['OPERATOR_KEY_HASH']
