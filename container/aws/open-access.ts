/** The role's credentials, AWS's clock, and the clients' way to both, put together for one container. */
import type { CallFailure } from '../../shared/aws/failure.ts'
import { describeFailure } from '../../shared/aws/failure.ts'
import type { Clocks } from '../../shared/clock.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { openSkew, type Skew } from '../metering/skew.ts'
import type { NotYet } from '../entitlement/refusals.ts'
import type { CredentialSource } from '../platform/source.ts'
import type { AwsAccess } from './access.ts'
import { fetchEcsSession } from './ecs-credentials.ts'
import { createLender } from './lender.ts'
import { fetchWebIdentitySession } from './web-identity.ts'

export interface OpenedAccess {
  readonly access: AwsAccess
  /** Time as AWS has it: the host's until AWS has answered. */
  readonly skew: Skew
  /** Whether the platform gives credentials now, or why not. */
  check(): Promise<Result<null, NotYet>>
}

export function openAccess(given: {
  readonly source: CredentialSource
  readonly region: string
  readonly endpoint: string | null
  readonly clocks: Clocks
  /** Only goes forward, ms. */
  readonly steadyMs: () => number
}): OpenedAccess {
  const { source, region, endpoint, clocks } = given
  const skew = openSkew(clocks, given.steadyMs)
  const lender = createLender(
    () =>
      source.kind === 'ecs'
        ? fetchEcsSession(source.url, source.authorization)
        : fetchWebIdentitySession({ ...source, region, endpoint }),
    clocks.wall,
  )
  return {
    access: {
      region,
      endpoint,
      credentials: () => lender.credentials(),
      forget: () => lender.forget(),
      onServerTime: (serverMs) => skew.heard(serverMs),
    },
    skew,
    async check() {
      const credentials = await lender.credentials()
      return credentials.ok ? ok(null) : err(noCredentials(credentials.error, source))
    },
  }
}

/** Source: API_AssumeRoleWithWebIdentity, Errors (2026-11-21). */
function noCredentials(failure: CallFailure, source: CredentialSource): NotYet {
  const said = describeFailure(failure)
  if (source.kind === 'ecs') {
    return {
      kind: 'again',
      code: 'credentials',
      why: `ECS gives no credentials for the task's role (${said}). They are asked for again; where that lasts, check that the role in taskRoleArn exists and trusts ecs-tasks.amazonaws.com.`,
    }
  }
  const name = failure.kind === 'refused' ? failure.name.replace(/Exception$/, '') : ''
  if (
    /^(AccessDenied|InvalidIdentityToken|IDPRejectedClaim|ValidationError|MalformedPolicyDocument)$/.test(
      name,
    )
  ) {
    return {
      kind: 'misconfigured',
      code: 'trust-policy',
      why: `AWS does not let this pod have the role ${source.roleArn} (${said}): its trust policy must name the cluster's OIDC provider, and the pod's namespace and service account in the condition on sub.`,
    }
  }
  if (/^(ExpiredToken|ExpiredIdentityToken)$/.test(name)) {
    return {
      kind: 'again',
      code: 'credentials',
      why: `AWS says that the token in ${source.tokenFile} has ended (${said}). EKS writes another there, which is taken as soon as it is there; where that lasts, keep EKS's own mount of the token, and set the node's clock by NTP.`,
    }
  }
  if (name === 'RegionDisabled') {
    return {
      kind: 'not-supported',
      code: 'wrong-region',
      why: `This account has not enabled the Region (${said}): enable STS there.`,
    }
  }
  return {
    kind: 'again',
    code: 'credentials',
    why: `AWS gives no credentials for the role ${source.roleArn} yet (${said}). They are asked for again; where that lasts, look at the route to sts of the Region.`,
  }
}
