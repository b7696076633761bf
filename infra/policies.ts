/**
 * Every IAM document of the stack as a pure value: who may do what, on what, on which condition. No wildcard action; `*`
 * as a resource only where AWS has no other, each with its source. No Pulumi and no I/O here.
 */
import type { ContainerPricing } from '../shared/seller.ts'
import { METRICS } from '../shared/stack.ts'
import { allow, policyOf, type PolicyDocument, type Statement } from './policy.ts'

/**
 * The metering, entitlement and agreement services take no resource.
 * Source: "IAM policy for AWS Marketplace actions"; Service Authorization Reference, AWS Marketplace (2026-11-21).
 */
const NO_RESOURCE = '*'

/** Where AWS Marketplace keeps sellers' images. Source: facts, aws-seller §2 (2026-11-21). */
const MARKETPLACE_REGISTRY = '709825985650'

/** The Worker's tokens take on its role: these two claims to the letter, and no other token of the issuer. */
export const edgeTrust = (of: { providerArn: string; issuer: string; subject: string }): PolicyDocument =>
  policyOf(byToken('Worker', of.providerArn, new URL(of.issuer).host, of.subject))

/** IAM names a claim by the issuer without its `https://`. Source: IAM, "OIDC federation condition keys" (2026-11-22). */
const byToken = (sid: string, providerArn: string, issuer: string, subject: string): Statement =>
  allow(sid, {
    Principal: { Federated: providerArn },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${issuer}:aud`]: 'sts.amazonaws.com', [`${issuer}:sub`]: subject } },
  })

/**
 * For every SaaS product: who came, and the truth about his agreements. What this account bought itself is not found; an
 * agreement that is known by its id may be one that a channel partner proposed.
 * Source: AWS's policy AWSMarketplaceSellerFullAccess, AgreementAccess (2026-11-22).
 */
export const edgeAgreements = (): PolicyDocument =>
  policyOf(
    allow('Registration', { Action: 'aws-marketplace:ResolveCustomer', Resource: NO_RESOURCE }),
    allow('Agreements', {
      Action: [
        'aws-marketplace:DescribeAgreement',
        'aws-marketplace:GetAgreementTerms',
        'aws-marketplace:GetAgreementEntitlements',
      ],
      Resource: NO_RESOURCE,
    }),
    allow('Sold', {
      Action: 'aws-marketplace:SearchAgreements',
      Resource: NO_RESOURCE,
      Condition: {
        StringEquals: { 'aws-marketplace:PartyType': 'Proposer' },
        'ForAllValues:StringEquals': { 'aws-marketplace:AgreementType': ['PurchaseAgreement'] },
      },
    }),
  )

/** Only of a live stack that sells something metered: what a dry one sent by mistake, AWS refuses. */
export const edgeMetering = (): PolicyDocument =>
  policyOf(allow('Metering', { Action: 'aws-marketplace:BatchMeterUsage', Resource: NO_RESOURCE }))

/** Only where a contract is sold. */
export const edgeEntitlements = (): PolicyDocument =>
  policyOf(allow('Entitlements', { Action: 'aws-marketplace:GetEntitlements', Resource: NO_RESOURCE }))

/** The events queue, and the usage queue where there is one. `DeleteMessageBatch` is `DeleteMessage` to IAM. */
export const edgeQueues = (of: { queueArns: readonly string[]; keyArn: string }): PolicyDocument =>
  policyOf(
    allow('Queues', { Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'], Resource: of.queueArns }),
    allow('ReadEncrypted', { Action: 'kms:Decrypt', Resource: of.keyArn, Condition: through('sqs') }),
  )

/**
 * The key through a queue or a topic in us-east-1 alone: what is encrypted elsewhere under it, nobody opens with this right.
 * Source: KMS, "AWS KMS condition keys", kms:ViaService: SNS and SQS are among its services (2026-11-22).
 */
const through = (service: 'sqs' | 'sns') => ({
  StringEquals: { 'kms:ViaService': `${service}.us-east-1.amazonaws.com` },
})

/** A message written to what is encrypted needs a data key. Source: SNS and SQS, "Key management" (2026-11-21). */
const writeEncrypted = (keyArn: string, service: 'sqs' | 'sns'): Statement =>
  allow('WriteEncrypted', {
    Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
    Resource: keyArn,
    Condition: through(service),
  })

/** What the Worker cannot settle by itself. */
export const edgeTopic = (of: { topicArn: string; keyArn: string }): PolicyDocument =>
  policyOf(
    allow('TellTechAdmin', { Action: 'sns:Publish', Resource: of.topicArn }),
    writeEncrypted(of.keyArn, 'sns'),
  )

/**
 * Mail from the one address, bare, with the one configuration set. While the account is in SES's sandbox the recipient's
 * identity is asked for as well, so the sender's address alone bounds the identities. Source: Service Authorization
 * Reference, SES v2; aws/aws-sdk-js#3641, cloudposse/terraform-aws-ses#40, as seen (2026-11-22).
 */
export const edgeMail = (of: { identityArn: string; setArn: string; from: string }): PolicyDocument =>
  policyOf(
    allow('Mail', {
      Action: 'ses:SendEmail',
      Resource: [of.identityArn.replace(/:identity\/.*/, ':identity/*'), of.setArn],
      Condition: { StringEquals: { 'ses:FromAddress': of.from } },
    }),
  )

/** PutMetricData takes no resource; the namespace bounds it. Source: CloudWatch, "Using condition keys" (2026-11-21). */
export const edgeMetrics = (): PolicyDocument =>
  policyOf(
    allow('Metrics', {
      Action: 'cloudwatch:PutMetricData',
      Resource: NO_RESOURCE,
      Condition: { StringEquals: { 'cloudwatch:namespace': METRICS.namespace } },
    }),
  )

/** AWS's services that write what the stack's key encrypts. */
export interface KeyUsers {
  readonly account: string
  /** Topics of legacy products hand on to the events queue. */
  readonly legacy: boolean
  /** SES tells a topic of bounces. */
  readonly mail: boolean
}

/**
 * The stack's key: the account by its own IAM policies, and the services of AWS that write to queues and topics under it.
 * Only CloudWatch's statement names the account: EventBridge sends KMS no source (SNS, "Key management": "not supported
 * for EventBridge"), SES documents none, and a legacy topic is another account's. Each would lose messages in silence; what
 * binds a service to its source is the policy of each queue and topic.
 */
export const keyPolicy = ({ account, legacy, mail }: KeyUsers): PolicyDocument =>
  policyOf(
    allow('Administer', {
      Principal: { AWS: rootOf(account) },
      Action: KEY_ADMINISTRATION,
      Resource: ITSELF,
    }),
    allow('UseByIamPolicy', { Principal: { AWS: rootOf(account) }, Action: KEY_USE, Resource: ITSELF }),
    writesUnder('events'),
    ...(legacy ? [writesUnder('sns')] : []),
    ...(mail ? [writesUnder('ses')] : []),
    { ...writesUnder('cloudwatch'), Condition: { StringEquals: { 'aws:SourceAccount': account } } },
  )

/** Source: EventBridge, "SQS permissions"; SNS, "Key management"; SES, "Event destination" of SNS (2026-11-22). */
const writesUnder = (service: 'events' | 'sns' | 'ses' | 'cloudwatch'): Statement =>
  allow(`From${service}`, {
    Principal: { Service: `${service}.amazonaws.com` },
    Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
    Resource: ITSELF,
  })

/** In the policy of a key, the key. Source: KMS, "Key policies", Resource (2026-11-22). */
const ITSELF = '*'

const rootOf = (account: string): string => `arn:aws:iam::${account}:root`

/** What reading and writing under a key takes, for whom an IAM policy allows it. */
const KEY_USE = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey']

/** What a key's administrators need, each by name. */
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

/** What a queue takes: from the one rule, and from the topics of legacy products. For a queue and for its dead letters. */
export const deliveryPolicy = (of: {
  queueArn: string
  ruleArn: string
  topicArns: readonly string[]
}): PolicyDocument =>
  policyOf(
    fromSource('Rule', 'events', of.queueArn, of.ruleArn),
    ...(of.topicArns.length === 0 ? [] : [fromSource('LegacyTopics', 'sns', of.queueArn, of.topicArns)]),
  )

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

/**
 * EventBridge may take on the role that calls the Worker's push door, for the one rule.
 * Source: EventBridge, "Cross-service confused deputy prevention": "must be the rule ARN" (2026-11-22).
 */
export const pushTrust = (of: { account: string; ruleArn: string }): PolicyDocument =>
  policyOf(
    allow('EventBridge', {
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: {
        StringEquals: { 'aws:SourceAccount': of.account },
        ArnEquals: { 'aws:SourceArn': of.ruleArn },
      },
    }),
  )

export const pushInvoke = (of: { destinationArn: string }): PolicyDocument =>
  policyOf(allow('Push', { Action: 'events:InvokeApiDestination', Resource: of.destinationArn }))

/** The seller's application reports usage. `SendMessageBatch` is `SendMessage` to IAM. */
export const usageWriter = (of: { queueArn: string; keyArn: string }): PolicyDocument =>
  policyOf(
    allow('Report', { Action: 'sqs:SendMessage', Resource: of.queueArn }),
    writeEncrypted(of.keyArn, 'sqs'),
  )

/** These roles, and all of these accounts (12 digits), may take on the writer's role. */
export const writerTrust = (of: { principals: readonly string[] }): PolicyDocument =>
  policyOf(
    allow('Application', {
      Principal: { AWS: of.principals.map((one) => (/^\d{12}$/.test(one) ? rootOf(one) : one)) },
      Action: 'sts:AssumeRole',
    }),
  )

/** A topic takes from this account's alarms, or from its mail's events. */
export const topicPolicy = (of: {
  topicArn: string
  account: string
  services: readonly ('cloudwatch' | 'ses')[]
}): PolicyDocument =>
  policyOf(
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
  policyOf(
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
      return policyOf(allow('Metering', { Action: 'aws-marketplace:RegisterUsage', Resource: NO_RESOURCE }))
    case 'custom-metering':
      return policyOf(allow('Metering', { Action: 'aws-marketplace:MeterUsage', Resource: NO_RESOURCE }))
    case 'contract':
      // A license that was granted has an ARN of its issuer's: none of this account. Source: facts, aws-runtime §6.4.
      return policyOf(
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
  policyOf(
    LOGIN,
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
  policyOf(
    allow('Pull', {
      Principal: { AWS: of.accounts.map(rootOf) },
      Action: PULL,
    }),
  )

/** One environment of one repository at GitHub may publish. Source: facts, aws-seller §9.5 (2026-11-21). */
export const publisherTrust = (of: {
  providerArn: string
  repository: string
  environment: string
}): PolicyDocument =>
  policyOf(
    byToken(
      'Ci',
      of.providerArn,
      'token.actions.githubusercontent.com',
      `repo:${of.repository}:environment:${of.environment}`,
    ),
  )

/** To log in to any registry; takes no resource. Source: Service Authorization Reference, Amazon ECR (2026-11-21). */
const LOGIN = allow('Login', { Action: 'ecr:GetAuthorizationToken', Resource: '*' })

export const registryLogin = (): PolicyDocument => policyOf(LOGIN)

/** Pushes to AWS Marketplace's registry, below the seller's own prefix. Source: facts, aws-seller §2 (2026-11-21). */
export const marketplacePush = (of: { prefix: string }): PolicyDocument =>
  repositoryPush({
    repositoryArn: `arn:aws:ecr:us-east-1:${MARKETPLACE_REGISTRY}:repository/${of.prefix}/*`,
  })

/** Pushes to the seller's own repository. */
export const repositoryPush = (of: { repositoryArn: string }): PolicyDocument =>
  policyOf(allow('Push', { Action: [...PULL, ...PUSH], Resource: of.repositoryArn }))

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
  policyOf(
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
  return policyOf(
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
