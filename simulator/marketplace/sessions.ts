/** Temporary credentials: made when a role is taken on, good until their wall time. Pure. Source: STS API reference. */
import { ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { ApiCall } from './commands.ts'
import type { Draft } from './draft.ts'
import { laterRandom } from './draft.ts'
import type { Json } from './model.ts'
import { drawIdentifier } from './random.ts'
import type { ApiRefusal } from './shape.ts'
import { isObject, member, misshapen } from './shape.ts'

/** Credentials of a role for a while. */
export interface Session {
  readonly secret: string
  /** Sent with each call and signed. */
  readonly token: string
  readonly account: string
  /** `arn:aws:sts::…:assumed-role/<role>/<session>` */
  readonly arn: string
  /** Wall time, epoch ms. */
  readonly expiresAt: number
  /** The id of the task or node it was given to; absent: none. */
  readonly task?: string
}

/** The door has proven the identity; what comes in here is its own words. */
export function assumeRole(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  if (!isObject(call.input)) return misshapen('The request', 'a form')
  const [roleArn, name, seconds, subject] = ['roleArn', 'session', 'seconds', 'subject'].map((field) =>
    isObject(call.input) ? member(call.input, field) : undefined,
  )
  if (typeof roleArn !== 'string' || typeof name !== 'string' || typeof seconds !== 'number')
    return misshapen('The request', 'a proven identity')
  const task = member(call.input, 'task')
  const [, , , , account = '', role = ''] = roleArn.split(':')
  const arn = `arn:aws:sts::${account}:assumed-role/${role.replace(/^role\//, '')}/${name}`
  const [keyId, session] = openSession(draft, {
    account,
    arn,
    expiresAt: draft.times.wall + seconds * 1000,
    ...(typeof task === 'string' ? { task } : {}),
  })
  return ok({
    AccessKeyId: keyId,
    SecretAccessKey: session.secret,
    SessionToken: session.token,
    Expiration: session.expiresAt,
    Arn: session.arn,
    AssumedRoleId: `AROA${drawIdentifier(laterRandom(draft.state), 16).toUpperCase()}:${name}`,
    Subject: subject ?? '',
  })
}

/** New credentials, by their access key id; those that are over by wall time are forgotten. */
export function openSession(draft: Draft, of: Omit<Session, 'secret' | 'token'>): [string, Session] {
  const { state, times } = draft
  const random = laterRandom(state)
  const keyId = `ASIA${drawIdentifier(random, 16).toUpperCase()}`
  const session: Session = {
    secret: drawIdentifier(random, 40),
    token: `${drawIdentifier(random, 300)}==`,
    ...of,
  }
  for (const [id, { expiresAt }] of Object.entries(state.sessions))
    if (expiresAt <= times.wall) delete state.sessions[id]
  state.sessions[keyId] = session
  draft.changed = true
  return [keyId, session]
}
