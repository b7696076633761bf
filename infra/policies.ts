/**
 * Every IAM document of the stack as a pure value: who may do what, on what, on which condition. No wildcard action; `*`
 * as a resource only where AWS has no other, each with its source. No Pulumi and no I/O here.
 */
import type { ContainerPricing } from '../shared/seller.ts'
import { METRICS } from '../shared/stack.ts'

export interface PolicyDocument {
  readonly Version: '2012-10-17'
  readonly Statement: readonly Statement[]
}

export interface Statement {
  readonly Sid: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?:
    | { readonly AWS: string | readonly string[] }
    | { readonly Service: string }
    | { readonly Federated: string }
  readonly Action: string | readonly string[]
  readonly Resource?: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

const documentOf = (...Statement: Statement[]): PolicyDocument => ({ Version: '2012-10-17', Statement })

const allow = (Sid: string, rest: Omit<Statement, 'Sid' | 'Effect'>): Statement => ({
  Sid,
  Effect: 'Allow',
  ...rest,
})

/**
 * The metering, entitlement and agreement services take no resource.
 * Source: "IAM policy for AWS Marketplace actions"; Service Authorization Reference, AWS Marketplace (2026-11-21).
 */
const NO_RESOURCE = '*'

/** Where AWS Marketplace keeps sellers' images. Source: facts, aws-seller §2 (2026-11-21). */
const MARKETPLACE_REGISTRY = '709825985650'

/** The Worker's tokens take on its role: these two claims to the letter, and no other token of the issuer. */
export const edgeTrust = (of: { providerArn: string; issuer: string; subject: string }): PolicyDocument =>
  documentOf(
    allow('Worker', {
      Principal: { Federated: of.providerArn },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {
          [`${new URL(of.issuer).host}:aud`]: 'sts.amazonaws.com',
          [`${new URL(of.issuer).host}:sub`]: of.subject,
        },
      },
    }),
  )

/** For every SaaS product: who came, and the truth about his agreements. */
export const edgeAgreements = (): PolicyDocument =>
  documentOf(
    allow('Registration', { Action: 'aws-marketplace:ResolveCustomer', Resource: NO_RESOURCE }),
    allow('Agreements', {
      Action: [
        'aws-marketplace:SearchAgreements',
        'aws-marketplace:DescribeAgreement',
        'aws-marketplace:GetAgreementTerms',
        'aws-marketplace:GetAgreementEntitlements',
      ],
      Resource: NO_RESOURCE,
    }),
  )

/** Only of a live stack that sells something metered: what a dry one sent by mistake, AWS refuses. */
export const edgeMetering = (): PolicyDocument =>
  documentOf(allow('Metering', { Action: 'aws-marketplace:BatchMeterUsage', Resource: NO_RESOURCE }))

/** Only where a contract is sold. */
export const edgeEntitlements = (): PolicyDocument =>
  documentOf(allow('Entitlements', { Action: 'aws-marketplace:GetEntitlements', Resource: NO_RESOURCE }))

/** The events queue, and the usage queue where there is one. `DeleteMessageBatch` is `DeleteMessage` to IAM. */
export const edgeQueues = (of: { queueArns: readonly string[]; keyArn: string }): PolicyDocument =>
  documentOf(
    allow('Queues', { Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'], Resource: of.queueArns }),
    allow('ReadEncrypted', { Action: 'kms:Decrypt', Resource: of.keyArn }),
  )

/** A message to an encrypted topic needs a data key. Source: SNS, "Key management" (2026-11-21). */
export const edgeTopic = (of: { topicArn: string; keyArn: string }): PolicyDocument =>
  documentOf(
    allow('TellTechAdmin', { Action: 'sns:Publish', Resource: of.topicArn }),
    allow('WriteEncrypted', { Action: ['kms:GenerateDataKey', 'kms:Decrypt'], Resource: of.keyArn }),
  )

/** Mail from the one address, with the one configuration set. */
export const edgeMail = (of: { identityArn: string; setArn: string; from: string }): PolicyDocument =>
  documentOf(
    allow('Mail', {
      Action: 'ses:SendEmail',
      Resource: [of.identityArn, of.setArn],
      Condition: { StringEquals: { 'ses:FromAddress': of.from } },
    }),
  )

/** PutMetricData takes no resource; the namespace bounds it. Source: CloudWatch, "Using condition keys" (2026-11-21). */
export const edgeMetrics = (): PolicyDocument =>
  documentOf(
    allow('Metrics', {
      Action: 'cloudwatch:PutMetricData',
      Resource: NO_RESOURCE,
      Condition: { StringEquals: { 'cloudwatch:namespace': METRICS.namespace } },
    }),
  )

/**
 * The stack's key: the account's own administrators and roles by their IAM policies, and AWS's services for this account's
 * sources alone. EventBridge and SNS cannot write to a queue under a key that AWS manages.
 * Source: EventBridge, "SQS queue permissions"; facts, aws-runtime §5.5 (2026-11-21).
 */
export const keyPolicy = (of: { account: string }): PolicyDocument =>
  documentOf(
    allow('Administer', {
      Principal: { AWS: `arn:aws:iam::${of.account}:root` },
      Action: KEY_ADMINISTRATION,
      Resource: '*',
    }),
    allow('UseByIamPolicy', {
      Principal: { AWS: `arn:aws:iam::${of.account}:root` },
      Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey'],
      Resource: '*',
    }),
    ...['events', 'cloudwatch', 'ses'].map((service) =>
      allow(`From${service}`, {
        Principal: { Service: `${service}.amazonaws.com` },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: '*',
        Condition: { StringEquals: { 'aws:SourceAccount': of.account } },
      }),
    ),
    // The topics of legacy products are another account's.
    allow('FromSns', {
      Principal: { Service: 'sns.amazonaws.com' },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: '*',
    }),
  )

/** What a key's administrators need, each by name; `*` in a key's policy is the key itself. */
const KEY_ADMINISTRATION = [
  'kms:CancelKeyDeletion',
  'kms:CreateAlias',
  'kms:DeleteAlias',
  'kms:DescribeKey',
  'kms:DisableKey',
  'kms:EnableKey',
  'kms:EnableKeyRotation',
  'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus',
  'kms:ListKeyPolicies',
  'kms:ListResourceTags',
  'kms:PutKeyPolicy',
  'kms:ScheduleKeyDeletion',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateAlias',
  'kms:UpdateKeyDescription',
]

/** The events queue takes from the one rule and from the legacy topics, by ArnEquals. */
export const eventsQueuePolicy = (of: {
  queueArn: string
  ruleArn: string
  topicArns: readonly string[]
}): PolicyDocument =>
  documentOf(
    fromSource('Rule', 'events', of.queueArn, of.ruleArn),
    ...(of.topicArns.length === 0 ? [] : [fromSource('LegacyTopics', 'sns', of.queueArn, of.topicArns)]),
  )

/** Where EventBridge and SNS leave what they could not deliver. */
export const deadLetterPolicy = (of: {
  queueArn: string
  ruleArn: string
  topicArns: readonly string[]
}): PolicyDocument => eventsQueuePolicy(of)

const fromSource = (
  sid: string,
  service: 'events' | 'sns',
  queueArn: string,
  sources: string | readonly string[],
): Statement =>
  allow(sid, {
    Principal: { Service: `${service}.amazonaws.com` },
    Action: 'sqs:SendMessage',
    Resource: queueArn,
    Condition: { ArnEquals: { 'aws:SourceArn': sources } },
  })

/** EventBridge may take on the role that calls the Worker's push door. */
export const pushTrust = (of: { account: string }): PolicyDocument =>
  documentOf(
    allow('EventBridge', {
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'aws:SourceAccount': of.account } },
    }),
  )

export const pushInvoke = (of: { destinationArn: string }): PolicyDocument =>
  documentOf(allow('Push', { Action: 'events:InvokeApiDestination', Resource: of.destinationArn }))

/** The seller's application reports usage. `SendMessageBatch` is `SendMessage` to IAM. */
export const usageWriter = (of: { queueArn: string; keyArn: string }): PolicyDocument =>
  documentOf(
    allow('Report', { Action: 'sqs:SendMessage', Resource: of.queueArn }),
    allow('WriteEncrypted', { Action: ['kms:GenerateDataKey', 'kms:Decrypt'], Resource: of.keyArn }),
  )

/** These roles and accounts of the seller's may take on the writer's role. */
export const writerTrust = (of: { principals: readonly string[] }): PolicyDocument =>
  documentOf(allow('Application', { Principal: { AWS: of.principals }, Action: 'sts:AssumeRole' }))

/** A topic takes from this account's alarms, or from its mail's events. */
export const topicPolicy = (of: {
  topicArn: string
  account: string
  services: readonly ('cloudwatch' | 'ses')[]
}): PolicyDocument =>
  documentOf(
    ...of.services.map((service) =>
      allow(`From${service}`, {
        Principal: { Service: `${service}.amazonaws.com` },
        Action: 'sns:Publish',
        Resource: of.topicArn,
        Condition: { StringEquals: { 'aws:SourceAccount': of.account } },
      }),
    ),
  )

/** ECS takes on a task's roles, for this account's tasks alone. Source: ECS, "confused deputy" (2026-11-21). */
export const taskTrust = (of: { account: string }): PolicyDocument =>
  documentOf(
    allow('Tasks', {
      Principal: { Service: 'ecs-tasks.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'aws:SourceAccount': of.account } },
    }),
  )

/** What a task of the container calls, by its pricing; null: nothing. The same as its buyers' (docs/buyer). */
export function taskPolicy(pricing: ContainerPricing): PolicyDocument | null {
  switch (pricing) {
    case 'hourly':
      return documentOf(allow('Metering', { Action: 'aws-marketplace:RegisterUsage', Resource: NO_RESOURCE }))
    case 'custom-metering':
      return documentOf(allow('Metering', { Action: 'aws-marketplace:MeterUsage', Resource: NO_RESOURCE }))
    case 'contract':
      // A license that was granted has an ARN of its issuer's: none of this account. Source: facts, aws-runtime §6.4.
      return documentOf(
        allow('Licenses', {
          Action: [
            'license-manager:CheckoutLicense',
            'license-manager:ExtendLicenseConsumption',
            'license-manager:CheckInLicense',
          ],
          Resource: NO_RESOURCE,
        }),
      )
    case 'free':
    case 'byol':
      return null
  }
}

/** What ECS itself does for a task: pull the image, write the log, read its secrets. */
export const executionPolicy = (of: {
  repositoryArn: string
  logGroupArn: string
  secretArns: readonly string[]
}): PolicyDocument =>
  documentOf(
    // Takes no resource. Source: Service Authorization Reference, Amazon ECR (2026-11-21).
    allow('Login', { Action: 'ecr:GetAuthorizationToken', Resource: '*' }),
    allow('Pull', { Action: PULL, Resource: of.repositoryArn }),
    allow('Log', { Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: `${of.logGroupArn}:*` }),
    ...readSecrets(of.secretArns),
  )

/** Values of Secrets Manager and of Parameter Store, told apart by their ARNs, each read with its own action. */
function readSecrets(arns: readonly string[]): readonly Statement[] {
  const of = (service: string) => arns.filter((arn) => arn.split(':')[2] === service)
  // Behind the seventh `:` stand a key of the secret's JSON and its version, which are no part of its ARN.
  const secrets = of('secretsmanager').map((arn) => arn.split(':').slice(0, 7).join(':'))
  const parameters = of('ssm')
  return [
    ...(secrets.length === 0
      ? []
      : [allow('Secrets', { Action: 'secretsmanager:GetSecretValue', Resource: [...new Set(secrets)] })]),
    ...(parameters.length === 0
      ? []
      : [allow('Parameters', { Action: 'ssm:GetParameters', Resource: parameters })]),
  ]
}

const PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage']

/** The seller's other accounts may pull. */
export const repositoryPolicy = (of: { accounts: readonly string[] }): PolicyDocument =>
  documentOf(
    allow('Pull', {
      Principal: { AWS: of.accounts.map((account) => `arn:aws:iam::${account}:root`) },
      Action: PULL,
    }),
  )

/** One environment of one repository at GitHub may publish. Source: facts, aws-seller §9.5 (2026-11-21). */
export const publisherTrust = (of: {
  providerArn: string
  repository: string
  environment: string
}): PolicyDocument =>
  documentOf(
    allow('Ci', {
      Principal: { Federated: of.providerArn },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {
          'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
          'token.actions.githubusercontent.com:sub': `repo:${of.repository}:environment:${of.environment}`,
        },
      },
    }),
  )

/** To log in to any registry; takes no resource. Source: Service Authorization Reference, Amazon ECR (2026-11-21). */
export const registryLogin = (): PolicyDocument =>
  documentOf(allow('Login', { Action: 'ecr:GetAuthorizationToken', Resource: NO_RESOURCE }))

/** Pushes to AWS Marketplace's registry, below the seller's own prefix. Source: facts, aws-seller §2 (2026-11-21). */
export const marketplacePush = (of: { prefix: string }): PolicyDocument =>
  repositoryPush({
    repositoryArn: `arn:aws:ecr:us-east-1:${MARKETPLACE_REGISTRY}:repository/${of.prefix}/*`,
  })

/** Pushes to the seller's own repository. */
export const repositoryPush = (of: { repositoryArn: string }): PolicyDocument =>
  documentOf(allow('Push', { Action: [...PULL, ...PUSH], Resource: of.repositoryArn }))

const PUSH = [
  'ecr:InitiateLayerUpload',
  'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload',
  'ecr:PutImage',
  'ecr:ListImages',
]

/** The seller's entities in the Catalog. Source: facts, aws-seller §1.10 (2026-11-21). */
const catalogArn = (account: string, entity: string): string =>
  `arn:aws:aws-marketplace:us-east-1:${account}:AWSMarketplace/${entity}`

/**
 * What is no one product's: lists (they take no resource; Service Authorization Reference, AWS Marketplace Catalog), change
 * sets, and offers, which are read and checked only: prices stay with people.
 */
export const catalogCommon = (of: { account: string }): PolicyDocument =>
  documentOf(
    allow('List', {
      Action: ['aws-marketplace:ListEntities', 'aws-marketplace:ListChangeSets'],
      Resource: NO_RESOURCE,
    }),
    allow('ReadOffers', {
      Action: 'aws-marketplace:DescribeEntity',
      Resource: catalogArn(of.account, 'Offer/*'),
    }),
    allow('ChangeSets', {
      Action: ['aws-marketplace:DescribeChangeSet', 'aws-marketplace:CancelChangeSet'],
      Resource: catalogArn(of.account, 'ChangeSet/*'),
    }),
    validate(of.account, 'Offer/*'),
  )

/** One product in the Catalog: read it, have any change checked, and apply texts, repositories and versions alone. */
export function catalogProduct(of: {
  account: string
  id: string
  kind: 'saas' | 'container'
}): PolicyDocument {
  const entity = `${of.kind === 'saas' ? 'SaaSProduct' : 'ContainerProduct'}/${of.id}`
  return documentOf(
    allow('Read', { Action: 'aws-marketplace:DescribeEntity', Resource: catalogArn(of.account, entity) }),
    validate(of.account, entity),
    allow('Apply', {
      Action: 'aws-marketplace:StartChangeSet',
      Resource: changing(of.account, entity),
      Condition: { StringEquals: { 'catalog:ChangeType': APPLIED } },
    }),
  )
}

const validate = (account: string, entity: string): Statement =>
  allow('Validate', {
    Action: 'aws-marketplace:StartChangeSet',
    Resource: changing(account, entity),
    Condition: { StringEquals: { 'aws-marketplace:Intent': 'VALIDATE' } },
  })

/** StartChangeSet wants the change set's own ARN beside the entity's. */
const changing = (account: string, entity: string): readonly string[] => [
  catalogArn(account, entity),
  catalogArn(account, 'ChangeSet/*'),
]

const APPLIED = ['AddDeliveryOptions', 'UpdateDeliveryOptions', 'AddRepositories', 'UpdateInformation']
