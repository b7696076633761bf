/** Where the container runs and who it is to AWS, as the platform says: ECS task metadata, the pod's own token, IMDS. */
import { CONTAINER_REGIONS } from '../../shared/aws/regions.ts'
import { member, objectOf, parseObject, textMember } from '../../shared/aws/json.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { ContainerProduct } from '../../shared/seller.ts'
import { fetchText } from '../aws/fetch-text.ts'
import { readToken } from '../aws/web-identity.ts'
import type { Verdict } from '../entitlement/mode.ts'
import type { Env } from '../settings.ts'
import type { Platform } from './platform.ts'
import { isRegion, regionOfEnv, regionOfImds, regionOfTask } from './region.ts'
import type { CredentialSource } from './source.ts'

type NotYet = Exclude<Verdict, { readonly kind: 'entitled' }>

/** A link-local address answers at once or not at all. */
const METADATA_TIMEOUT_MS = 2_000

/** Asks once. `again`: the platform's endpoint did not answer. */
export async function identify(
  source: CredentialSource,
  pricing: ContainerProduct['pricing'],
  env: Env,
): Promise<Result<Platform, NotYet>> {
  const found = source.kind === 'ecs' ? await identifyTask(source, env) : await identifyPod(source, env)
  if (!found.ok) return found
  const wrong = regionProblem(found.value.region, pricing)
  return wrong === null ? found : err(wrong)
}

async function identifyTask(
  source: Extract<CredentialSource, { kind: 'ecs' }>,
  env: Env,
): Promise<Result<Platform, NotYet>> {
  const said = await fetchText(`${source.metadata}/task`, { timeoutMs: METADATA_TIMEOUT_MS })
  const task = said.ok && said.value.status === 200 ? parseObject(said.value.text) : undefined
  const arn = textMember(task, 'TaskARN')
  if (!said.ok || arn === undefined) {
    return err({
      kind: 'again',
      code: 'no-metadata',
      why: 'The ECS task metadata endpoint does not say which task this is. It is asked again; where that lasts, look at the container agent of the host.',
    })
  }
  const region = regionOfTask(said.value.text)
  const asked = regionOfEnv(env)
  if (asked !== null && region !== null && asked !== region) {
    return err({
      kind: 'not-supported',
      code: 'wrong-region',
      why: `The environment says Region ${asked} and this task runs in ${region}, where AWS meters it: remove AWS_REGION and AWS_DEFAULT_REGION from the task definition, ECS sets them.`,
    })
  }
  const startedAt = Date.parse(textMember(task, 'PullStartedAt') ?? '')
  return placed(
    'ecs',
    asked ?? region ?? (await regionOfImds()),
    arn,
    Number.isNaN(startedAt) ? null : startedAt,
  )
}

async function identifyPod(
  source: Extract<CredentialSource, { kind: 'eks' }>,
  env: Env,
): Promise<Result<Platform, NotYet>> {
  const token = await readToken(source.tokenFile)
  if (!token.ok) {
    return err({
      kind: 'misconfigured',
      code: 'no-token',
      why: `AWS_WEB_IDENTITY_TOKEN_FILE is set and ${token.error}: EKS mounts it for the pod's own user; keep the mount, and set fsGroup where the container runs as another user.`,
    })
  }
  const pod = podOf(token.value)
  if (pod === null) {
    return err({
      kind: 'misconfigured',
      code: 'no-pod',
      why: `The token in ${source.tokenFile} names no pod, so AWS could not tell one pod from another: let EKS mount the token (IRSA) and do not hand one in.`,
    })
  }
  return placed('eks', regionOfEnv(env) ?? (await regionOfImds()), `pod/${pod}`, null)
}

function placed(
  kind: Platform['kind'],
  region: string | null,
  task: string,
  startedAt: number | null,
): Result<Platform, NotYet> {
  if (region !== null) return ok({ kind, region, task, startedAt })
  return err({
    kind: 'not-supported',
    code: 'no-region',
    why: 'Nobody says in which Region this runs: neither the environment (AWS_REGION), nor the task, nor the instance. On EKS the pod identity webhook sets AWS_REGION with the role; look whether it ran for this pod.',
  })
}

function regionProblem(region: string, pricing: ContainerProduct['pricing']): NotYet | null {
  if (!isRegion(region)) {
    return {
      kind: 'not-supported',
      code: 'wrong-region',
      why: `The environment says Region '${region.slice(0, 40)}', which is none: remove AWS_REGION, the platform sets it.`,
    }
  }
  const metered = pricing === 'hourly' || pricing === 'custom-metering'
  if (!metered || CONTAINER_REGIONS.includes(region)) return null
  return {
    kind: 'not-supported',
    code: 'region-not-served',
    why: `AWS Marketplace does not meter containers in Region ${region}: run it in one of ${CONTAINER_REGIONS.join(', ')}.`,
  }
}

/**
 * The uid of the pod that a service account token is bound to. The signature is AWS's to check: a pod that lies about its
 * uid misplaces its own records. Source: kubernetes.io, Managing service accounts, claim `kubernetes.io` (2026-11-21).
 */
export function podOf(token: string): string | null {
  const payload = parseObject(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
  const bound = objectOf(member(objectOf(member(payload, 'kubernetes.io')), 'pod'))
  const uid = textMember(bound, 'uid')
  return uid !== undefined && /^[0-9A-Za-z-]{1,64}$/.test(uid) ? uid : null
}
