/**
 * The buyer's EKS cluster, as far as IRSA needs it: the issuer of service-account tokens, and the check of one that STS
 * does. Source: EKS, IAM roles for service accounts; Kubernetes, projected service account tokens (2026-11-21).
 */
import { createPublicKey } from 'node:crypto'
import { decodeJwt, errors, jwtVerify, SignJWT } from 'jose'
import type { Clock } from '../../shared/clock.ts'
import { err, ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { Marketplace } from '../host.ts'
import { own } from '../marketplace/draft.ts'
import { roleOf } from '../marketplace/task-platform.ts'
import type { Task } from '../marketplace/task.ts'
import { podUid } from '../marketplace/tasks.ts'
import { signingKey } from './signing-keys.ts'
import type { WireFailure } from './wire.ts'

export const CLUSTER_ISSUER = 'https://oidc.eks.us-east-1.amazonaws.com/id/5109C0DE5109C0DE5109C0DE5109C0DE'

/** The Pod Identity webhook's own default. */
const TOKEN_SECONDS = 86_400
const KEY = 'cluster'
const KEY_BITS = 2048
const NAMESPACE = 'marketplace'
const SERVICE_ACCOUNT = 'app'

/** What a pod's role is called: the value of AWS_ROLE_ARN. */
export const podRoleArn = (task: Task): string => `arn:aws:iam::${task.account}:role/${roleOf(task)}`

export const podName = (task: Task): string => `app-${task.id.slice(0, 10)}`

/** The text of AWS_WEB_IDENTITY_TOKEN_FILE, good for a day of wall time. */
export async function podToken(marketplace: Marketplace, task: Task, wall: Clock): Promise<string> {
  const key = await signingKey(marketplace, KEY, KEY_BITS)
  const now = Math.floor(wall() / 1000)
  return new SignJWT({
    'kubernetes.io': {
      namespace: NAMESPACE,
      node: {
        name: `ip-10-0-0-1.${task.region}.compute.internal`,
        uid: podUid(task.id.slice(16) + task.id.slice(0, 16)),
      },
      pod: { name: podName(task), uid: podUid(task.id) },
      serviceaccount: { name: SERVICE_ACCOUNT, uid: task.secret },
    },
  })
    .setProtectedHeader({ alg: 'RS256', kid: KEY })
    .setIssuer(CLUSTER_ISSUER)
    .setSubject(`system:serviceaccount:${NAMESPACE}:${SERVICE_ACCOUNT}`)
    .setAudience('sts.amazonaws.com')
    .setIssuedAt(now)
    .setNotBefore(now)
    .setExpirationTime(now + TOKEN_SECONDS)
    .sign(key)
}

/** Whether a token says that it is of this cluster; whether that is true is another matter. */
export function isOfCluster(token: string): boolean {
  try {
    return decodeJwt(token).iss === CLUSTER_ISSUER
  } catch {
    return false
  }
}

/** The task a token of the cluster was given to, if the role trusts it. */
export async function provePod(
  marketplace: Marketplace,
  token: string,
  roleArn: string,
  wall: Clock,
): Promise<Result<{ readonly task: string; readonly subject: string }, WireFailure>> {
  const key = createPublicKey(await signingKey(marketplace, KEY, KEY_BITS))
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['RS256'],
      audience: 'sts.amazonaws.com',
      currentDate: new Date(wall()),
    })
    const id = uidOf(payload['kubernetes.io'])?.replaceAll('-', '') ?? ''
    const task = own(marketplace.state.tasks, id)
    return task === undefined || roleArn !== podRoleArn(task)
      ? fail(403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity')
      : ok({ task: id, subject: payload.sub ?? '' })
  } catch (cause) {
    return cause instanceof errors.JWTExpired
      ? fail(400, 'ExpiredTokenException', 'Token expired: the pod must read its file again.')
      : fail(400, 'InvalidIdentityToken', 'The ID Token provided is not a valid JWT of this cluster.')
  }
}

/** `pod.uid` of the claim `kubernetes.io`. */
function uidOf(claim: unknown): string | undefined {
  if (typeof claim !== 'object' || claim === null || !('pod' in claim)) return undefined
  const { pod } = claim
  return typeof pod === 'object' && pod !== null && 'uid' in pod && typeof pod.uid === 'string'
    ? pod.uid
    : undefined
}

const fail = (status: number, code: string, message: string): Result<never, WireFailure> =>
  err({ status, code, message })
