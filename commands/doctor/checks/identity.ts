/** Whether AWS believes who the Worker is: the provider and the trust compare to the letter. Pure. */
import { sayOf, type Check, type Seen } from '../check.ts'
import type { ProviderFacts, UserFacts } from '../facts/identity.ts'
import { conditionValues, statementsOf } from './policy.ts'
import { deployOf, upOf } from './remedies.ts'

const say = sayOf('aws')

const AUDIENCE = 'sts.amazonaws.com'

/** `issuer`: the stack's publicUrl, which the Worker's tokens name. */
export function judgeProvider(provider: Seen<ProviderFacts | null>, issuer: string, stack: string): Check {
  const name = 'identity provider'
  if (!provider.ok) return say.unseen(name, provider.error)
  if (provider.value === null)
    return say.wrong(name, 'IAM knows no such OIDC provider', `make it again: ${upOf(stack)}`)
  const { url, audiences } = provider.value
  // IAM keeps it without its scheme.
  const told = `${new URL(issuer).protocol}//${url}`
  if (told !== issuer)
    return say.wrong(
      name,
      `IAM trusts ${told}, the Worker’s tokens say ${issuer}: ${differenceOf(told, issuer)}`,
      `an issuer is compared to the letter: set tollgate:publicUrl to the Worker’s own origin, then \`npm run up -- --stack ${stack}\`, which makes another provider`,
    )
  return audiences.includes(AUDIENCE)
    ? say.ok(name, `${issuer}, for ${AUDIENCE}`)
    : say.wrong(name, `its audiences are ${audiences.join(', ') || 'none'}, without ${AUDIENCE}`, upOf(stack))
}

function differenceOf(told: string, issuer: string): string {
  const trimmed = told.replace(/\/+$/, '')
  if (trimmed === issuer) return 'a slash at the end'
  if (told.toLowerCase() === issuer.toLowerCase()) return 'upper and lower case'
  return 'another name'
}

export interface TrustCase {
  readonly roleArn: string
  readonly providerArn: string
  readonly issuer: string
  /** The name of the stack. */
  readonly deployment: string
}

/** `trust`: the role's document as text; null: there is no such role. */
export function judgeTrust(trust: Seen<string | null>, of: TrustCase): Check {
  const name = 'role'
  if (!trust.ok) return say.unseen(name, trust.error)
  if (trust.value === null)
    return say.wrong(name, `${of.roleArn} does not exist`, `make it again: ${upOf(of.deployment)}`)
  const statement = statementsOf(trust.value).find(
    ({ allows, actions, principals }) =>
      allows &&
      actions.includes('sts:AssumeRoleWithWebIdentity') &&
      principals.includes(`Federated ${of.providerArn}`),
  )
  if (statement === undefined)
    return say.wrong(name, `${of.roleArn} does not trust ${of.providerArn}`, upOf(of.deployment))
  const host = new URL(of.issuer).host
  const subject = `worker:${of.deployment}`
  for (const [claim, value] of [
    ['aud', AUDIENCE],
    ['sub', subject],
  ] as const) {
    const trusted = conditionValues(statement, 'StringEquals', `${host}:${claim}`)
    if (trusted.length !== 1 || trusted[0] !== value)
      return say.wrong(
        name,
        `${of.roleArn} asks for ${claim} ${trusted.join(' or ') || 'of any value'}; this Worker’s tokens say ${value}`,
        upOf(of.deployment),
      )
  }
  return say.ok(name, `${of.roleArn} trusts ${subject}`)
}

/** A lasting key in the role's place. */
export function judgeUser(user: Seen<UserFacts | null>, accessKeyId: string, stack: string): Check {
  const name = 'access key'
  if (!user.ok) return say.unseen(name, user.error)
  const { name: who = '', key = 'missing' } = user.value ?? {}
  return key === 'Active'
    ? say.ok(name, `${accessKeyId} of ${who} is active`)
    : say.wrong(
        name,
        `${accessKeyId} is ${key.toLowerCase()}`,
        `switch it on in IAM, or make another: ${upOf(stack)}, then ${deployOf(stack)}`,
      )
}
