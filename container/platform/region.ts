/** In which Region the container runs: from the platform, never from a setting of ours. Asks IMDS at most; one second. */
import { parseObject, textMember } from '../../shared/aws/json.ts'
import { fetchText } from '../aws/fetch-text.ts'
import { valueOf, type Env } from '../settings.ts'

const REGION = /^[a-z]{2}(-[a-z]+){1,3}-\d$/
const IMDS = 'http://169.254.169.254'
const IMDS_TIMEOUT_MS = 500

/** What the environment says, untrusted as far as its form goes; null: nothing. ECS on Fargate and EKS with IRSA set it. */
export const regionOfEnv = (env: Env): string | null =>
  valueOf(env, 'AWS_REGION') ?? valueOf(env, 'AWS_DEFAULT_REGION')

export const isRegion = (text: string): boolean => REGION.test(text)

/** The Region in an ARN, or of an Availability Zone such as `us-east-1a`; null: there is none. */
export function regionOfTask(metadata: string): string | null {
  const task = parseObject(metadata)
  const ofArn = textMember(task, 'TaskARN')?.split(':')[3] ?? ''
  if (isRegion(ofArn)) return ofArn
  const ofZone = (textMember(task, 'AvailabilityZone') ?? '').replace(/[a-z]$/, '')
  return isRegion(ofZone) ? ofZone : null
}

/** IMDSv2: a token first, then the Region; null: there is no IMDS here, or a pod may not reach it. At most a second. */
export async function regionOfImds(host = IMDS): Promise<string | null> {
  const token = await fetchText(`${host}/latest/api/token`, {
    method: 'PUT',
    headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '60' },
    timeoutMs: IMDS_TIMEOUT_MS,
  })
  if (!token.ok || token.value.status !== 200) return null
  const said = await fetchText(`${host}/latest/meta-data/placement/region`, {
    headers: { 'x-aws-ec2-metadata-token': token.value.text },
    timeoutMs: IMDS_TIMEOUT_MS,
  })
  if (!said.ok || said.value.status !== 200) return null
  const region = said.value.text.trim()
  return isRegion(region) ? region : null
}
