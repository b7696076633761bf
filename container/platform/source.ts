/** Whose credentials this process has, as the platform's variables say: the two that AWS Marketplace takes, or why not. Pure. */
import { err, ok, type Result } from '../../shared/result.ts'
import { EXIT, type Refusal } from '../exit.ts'
import { valueOf, type Env } from '../settings.ts'

/** Where short-lived credentials come from. Nothing has been asked yet. */
export type CredentialSource =
  /** The ECS task role. `metadata`: the task metadata endpoint, version 4. */
  | {
      readonly kind: 'ecs'
      readonly url: string
      readonly authorization: string | null
      readonly metadata: string
    }
  /** EKS IRSA. The token file is written anew by the platform and read before each exchange. */
  | { readonly kind: 'eks'; readonly roleArn: string; readonly tokenFile: string }

const refuse = (code: string, message: string): Result<never, Refusal> =>
  err({ exit: EXIT.settings, code, message })

/** Source: Amazon ECS developer guide, Task IAM role, "169.254.170.2" (2026-11-21). */
const ECS_CREDENTIALS = 'http://169.254.170.2'
/** Source: Amazon EKS user guide, Pod Identity agent, "169.254.170.23 (IPv4) and [fd00:ec2::23] (IPv6)" (2026-11-21). */
const POD_IDENTITY = new Set(['169.254.170.23', '[fd00:ec2::23]'])
/**
 * The mark of Bedrock AgentCore, looked for only where no role was given: AgentCore gives its role by a metadata service
 * and no variable, so that without the mark the line for no credentials says the same. Source: Amazon Bedrock AgentCore
 * developer guide, Credentials management, "similar to how EC2 instances use the Instance Metadata Service"; the names are
 * those of its SDK, and which of them its runtime sets is not documented `[?]` (2026-11-21).
 */
const AGENTCORE = /^(BEDROCK_)?AGENTCORE_/
const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** The source, or one line that says what to change (exit 78). */
export function findSource(env: Env): Result<CredentialSource, Refusal> {
  const of = (name: string): string | null => valueOf(env, name)

  if (of('AWS_ACCESS_KEY_ID') !== null || of('AWS_SECRET_ACCESS_KEY') !== null) {
    return refuse(
      'static-keys',
      'AWS_ACCESS_KEY_ID is set, and AWS Marketplace takes no long-term keys from a container: remove the keys, and give the task an ECS task role or the pod an IAM role for its service account (IRSA).',
    )
  }
  const roleArn = of('AWS_ROLE_ARN')
  const tokenFile = of('AWS_WEB_IDENTITY_TOKEN_FILE')
  if (roleArn !== null && tokenFile !== null) return ok({ kind: 'eks', roleArn, tokenFile })

  const relative = of('AWS_CONTAINER_CREDENTIALS_RELATIVE_URI')
  // Anything but a path would go on with the host's name: `@keys.example.com`.
  if (relative?.startsWith('/') === true) return ecs(`${ECS_CREDENTIALS}${relative}`, env)

  const full = of('AWS_CONTAINER_CREDENTIALS_FULL_URI')
  if (full !== null) {
    const host = hostOf(full)
    if (POD_IDENTITY.has(host) || of('AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE') !== null) {
      return refuse(
        'pod-identity',
        'This pod has its role from EKS Pod Identity, which AWS Marketplace does not take: remove the association, and give its service account a role with the annotation eks.amazonaws.com/role-arn (IRSA).',
      )
    }
    if (LOOPBACK.has(host)) return ecs(full, env)
  }
  if (relative !== null || full !== null) {
    return refuse(
      'no-credentials',
      'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI is set by hand to what no platform gives: remove it, and give the task an ECS task role or the pod an IAM role for its service account (IRSA).',
    )
  }
  if (roleArn !== null || tokenFile !== null) {
    return refuse(
      'half-irsa',
      `${roleArn === null ? 'AWS_ROLE_ARN' : 'AWS_WEB_IDENTITY_TOKEN_FILE'} is missing beside ${roleArn === null ? 'AWS_WEB_IDENTITY_TOKEN_FILE' : 'AWS_ROLE_ARN'}: EKS sets both where the service account has the annotation eks.amazonaws.com/role-arn; put it there and start the pod anew.`,
    )
  }
  if (Object.keys(env).some((name) => AGENTCORE.test(name))) {
    return refuse(
      'agentcore',
      'This image is not built for Amazon Bedrock AgentCore, which meters by other rules: run it on ECS, Fargate or EKS, or ask its seller for an image of its own for AgentCore.',
    )
  }
  return refuse(
    'no-credentials',
    "No role was given to this container. On ECS set taskRoleArn in the task definition (the execution role does not count); on EKS annotate the pod's service account with eks.amazonaws.com/role-arn. AWS Marketplace does not take the node's role, so it was not tried; elsewhere, Bedrock AgentCore included, the product does not run.",
  )
}

/** Of an address to speak HTTP to; empty: it is none. */
function hostOf(address: string): string {
  const url = URL.parse(address)
  return url !== null && /^https?:$/.test(url.protocol) ? url.hostname : ''
}

function ecs(url: string, env: Env): Result<CredentialSource, Refusal> {
  const metadata = valueOf(env, 'ECS_CONTAINER_METADATA_URI_V4')
  const authorization = valueOf(env, 'AWS_CONTAINER_AUTHORIZATION_TOKEN')
  if (metadata !== null && hostOf(metadata) !== '') return ok({ kind: 'ecs', url, authorization, metadata })
  return refuse(
    'no-metadata',
    'ECS did not say which task this is (ECS_CONTAINER_METADATA_URI_V4 is not set): use Fargate platform version 1.4.0 or later, or a container agent of 1.39.0 or later. If this is Amazon Bedrock AgentCore: the image is not built for it.',
  )
}
