/** Who the Worker is to AWS: a role that its own tokens take on, or a user with a lasting key. One right, one policy. */
import * as aws from '@pulumi/aws'
import {
  ComponentResource,
  secret,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from '@pulumi/pulumi'
import { documentOf, textOf } from './document.ts'
import {
  edgeAgreements,
  edgeEntitlements,
  edgeMail,
  edgeMetering,
  edgeMetrics,
  edgeQueues,
  edgeTopic,
  edgeTrust,
} from './policies.ts'

export interface EdgeIdentityArgs {
  /** The Worker's origin: the issuer of its tokens, to the letter. */
  readonly issuer: string
  /** The deployment: its tokens are about `worker:<stack>`. */
  readonly stack: string
  readonly kind: 'role' | 'user'
  readonly queueArns: readonly Input<string>[]
  readonly keyArn: Input<string>
  /** The tech admin's. */
  readonly topicArn: Input<string>
  /** `from`: the bare address; null: no mail is sent. */
  readonly mail: {
    readonly identityArn: Input<string>
    readonly setArn: Input<string>
    readonly from: string
  } | null
  /** False in a dry stack and where nothing is metered: AWS itself refuses BatchMeterUsage then. */
  readonly metering: boolean
  readonly entitlements: boolean
  /** What says that this stack, and no other, may meter: there before the right is. */
  readonly dependsOn: readonly Resource[]
}

export type EdgeIdentityCredentials =
  | { readonly kind: 'role'; readonly roleArn: Output<string>; readonly providerArn: Output<string> }
  /** The secret access key is secret. */
  | {
      readonly kind: 'user'
      readonly accessKeyId: Output<string>
      readonly secretAccessKey: Output<string>
    }

/**
 * SHA-1 of the roots that Cloudflare's certificates end at: GTS Root R4, ISRG Root X1, GTS Root R1. IAM compares none of
 * them with an authority that it trusts; the list keeps it from asking a Worker that is not deployed yet.
 * Source: IAM, "Obtain the thumbprint for an OpenID Connect identity provider" (2026-11-22).
 */
const THUMBPRINTS = [
  '77d30367b5e00c15f60c3861df7ce13b92464d47',
  'cabd2a79a1076a31f21d253635cb039d4329a5e8',
  'e58c1cc4913b38634be9106ee3ad8e6b9dd9814a',
]

/** What worker/identity/sts.ts asks for. */
const SESSION_SECONDS = 3_600

export class EdgeIdentity extends ComponentResource {
  readonly credentials: EdgeIdentityCredentials

  constructor(name: string, args: EdgeIdentityArgs, options?: ComponentResourceOptions) {
    super('tollgate:infra:EdgeIdentity', name, {}, options)
    const { credentials, give } = args.kind === 'role' ? openRole(name, args, this) : openUser(name, this)

    give('agreements', textOf(edgeAgreements()))
    give('queues', documentOf({ queueArns: [...args.queueArns], keyArn: args.keyArn }, edgeQueues))
    give('topic', documentOf({ topicArn: args.topicArn, keyArn: args.keyArn }, edgeTopic))
    if (args.entitlements) give('entitlements', textOf(edgeEntitlements()))
    give('metrics', textOf(edgeMetrics()))
    if (args.mail) give('mail', documentOf({ ...args.mail }, edgeMail))
    if (args.metering) give('metering', textOf(edgeMetering()), args.dependsOn)

    this.credentials = credentials
    this.registerOutputs({ credentials })
  }
}

/** Makes the policy `<name>-<right>`. */
type Give = (right: string, policy: Input<string>, dependsOn?: readonly Resource[]) => void

interface Opened {
  readonly credentials: EdgeIdentityCredentials
  readonly give: Give
}

function openRole(name: string, { issuer, stack }: EdgeIdentityArgs, parent: EdgeIdentity): Opened {
  const provider = new aws.iam.OpenIdConnectProvider(
    `${name}-provider`,
    { url: issuer, clientIdLists: ['sts.amazonaws.com'], thumbprintLists: THUMBPRINTS },
    { parent },
  )
  const role = new aws.iam.Role(
    `${name}-role`,
    {
      description: `Tollgate's Worker, ${stack}`,
      maxSessionDuration: SESSION_SECONDS,
      assumeRolePolicy: documentOf(
        { providerArn: provider.arn, issuer, subject: `worker:${stack}` },
        edgeTrust,
      ),
    },
    { parent },
  )
  return {
    credentials: { kind: 'role', roleArn: role.arn, providerArn: provider.arn },
    give: (right, policy, dependsOn = []) => {
      const options = { parent, dependsOn: [...dependsOn] }
      new aws.iam.RolePolicy(`${name}-${right}`, { role: role.name, policy }, options)
    },
  }
}

function openUser(name: string, parent: EdgeIdentity): Opened {
  const user = new aws.iam.User(`${name}-user`, {}, { parent })
  const key = new aws.iam.AccessKey(`${name}-access-key`, { user: user.name }, { parent })
  return {
    credentials: { kind: 'user', accessKeyId: key.id, secretAccessKey: secret(key.secret) },
    // Attached, for all that stands in a user itself may have 2,048 characters together, and ARNs are long.
    // Source: IAM, "IAM and AWS STS quotas" (2026-11-22).
    give: (right, document, dependsOn = []) => {
      const options = { parent, dependsOn: [...dependsOn] }
      const policy = new aws.iam.Policy(`${name}-${right}`, { policy: document }, options)
      const given = { user: user.name, policyArn: policy.arn }
      new aws.iam.UserPolicyAttachment(`${name}-${right}-given`, given, options)
    },
  }
}
