/** What IAM says of the Worker: the provider of its tokens, its role or user, and every right of theirs. Reads only. */
import {
  GetAccessKeyLastUsedCommand,
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserPolicyCommand,
  ListAccessKeysCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListRolePoliciesCommand,
  ListUserPoliciesCommand,
} from '@aws-sdk/client-iam'
import { ok } from '../../../shared/result.ts'
import type { Seen } from '../check.ts'
import { ask, type Aws } from './aws.ts'

export interface ProviderFacts {
  /** Without its scheme, as IAM keeps it. */
  readonly url: string
  readonly audiences: readonly string[]
}

export interface RoleFacts {
  /** The trust policy as text. */
  readonly trust: string
  readonly rights: readonly RightsFacts[]
}

export interface UserFacts {
  readonly name: string
  /** The status of its one key; `missing`: it is gone. */
  readonly key: string
  readonly rights: readonly RightsFacts[]
}

/** One policy of a role or user: its name and its document as text. */
export interface RightsFacts {
  readonly name: string
  readonly document: string
}

/** Null: there is no such provider. */
export async function fetchProvider({ iam }: Aws, arn: string): Promise<Seen<ProviderFacts | null>> {
  const answer = await ask('iam:GetOpenIDConnectProvider', () =>
    iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
  )
  if (!answer.ok || answer.value === null) return answer.ok ? ok(null) : answer
  return ok({ url: answer.value.Url ?? '', audiences: answer.value.ClientIDList ?? [] })
}

/** Null: there is no such role. */
export async function fetchRole(aws: Aws, arn: string): Promise<Seen<RoleFacts | null>> {
  const RoleName = arn.slice(arn.lastIndexOf('/') + 1)
  const role = await ask('iam:GetRole', () => aws.iam.send(new GetRoleCommand({ RoleName })))
  if (!role.ok || role.value === null) return role.ok ? ok(null) : role
  const rights = await rightsOf(aws, {
    inline: () => ask('iam:ListRolePolicies', () => aws.iam.send(new ListRolePoliciesCommand({ RoleName }))),
    document: (PolicyName) =>
      ask('iam:GetRolePolicy', () => aws.iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))),
    attached: () =>
      ask('iam:ListAttachedRolePolicies', () =>
        aws.iam.send(new ListAttachedRolePoliciesCommand({ RoleName })),
      ),
  })
  if (!rights.ok) return rights
  return ok({ trust: plain(role.value.Role?.AssumeRolePolicyDocument), rights: rights.value })
}

/** Whose the key is; null: IAM knows no such key. */
export async function fetchUser(aws: Aws, accessKeyId: string): Promise<Seen<UserFacts | null>> {
  const used = await ask('iam:GetAccessKeyLastUsed', () =>
    aws.iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: accessKeyId })),
  )
  if (!used.ok || used.value?.UserName === undefined) return used.ok ? ok(null) : used
  const { UserName } = used.value
  const keys = await ask('iam:ListAccessKeys', () => aws.iam.send(new ListAccessKeysCommand({ UserName })))
  if (!keys.ok) return keys
  const key = keys.value?.AccessKeyMetadata?.find((one) => one.AccessKeyId === accessKeyId)
  const rights = await rightsOf(aws, {
    inline: () => ask('iam:ListUserPolicies', () => aws.iam.send(new ListUserPoliciesCommand({ UserName }))),
    document: (PolicyName) =>
      ask('iam:GetUserPolicy', () => aws.iam.send(new GetUserPolicyCommand({ UserName, PolicyName }))),
    attached: () =>
      ask('iam:ListAttachedUserPolicies', () =>
        aws.iam.send(new ListAttachedUserPoliciesCommand({ UserName })),
      ),
  })
  return rights.ok ? ok({ name: UserName, key: key?.Status ?? 'missing', rights: rights.value }) : rights
}

/** How the policies of a role or of a user are listed and read. */
interface Reader {
  readonly inline: () => Promise<Seen<{ PolicyNames?: string[] | undefined } | null>>
  readonly document: (name: string) => Promise<Seen<{ PolicyDocument?: string | undefined } | null>>
  readonly attached: () => Promise<
    Seen<{ AttachedPolicies?: { PolicyArn?: string | undefined }[] | undefined } | null>
  >
}

async function rightsOf({ iam }: Aws, read: Reader): Promise<Seen<readonly RightsFacts[]>> {
  const rights: RightsFacts[] = []
  const inline = await read.inline()
  if (!inline.ok) return inline
  for (const name of inline.value?.PolicyNames ?? []) {
    const policy = await read.document(name)
    if (!policy.ok) return policy
    rights.push({ name, document: plain(policy.value?.PolicyDocument) })
  }
  const attached = await read.attached()
  if (!attached.ok) return attached
  for (const { PolicyArn = '' } of attached.value?.AttachedPolicies ?? []) {
    const policy = await ask('iam:GetPolicy', () => iam.send(new GetPolicyCommand({ PolicyArn })))
    if (!policy.ok) return policy
    const VersionId = policy.value?.Policy?.DefaultVersionId
    const version = await ask('iam:GetPolicyVersion', () =>
      iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId })),
    )
    if (!version.ok) return version
    rights.push({ name: PolicyArn, document: plain(version.value?.PolicyVersion?.Document) })
  }
  return ok(rights)
}

/** IAM hands documents out URL-encoded. Source: IAM API reference, GetRolePolicy (2026-11-22). */
function plain(document: string | undefined): string {
  try {
    return decodeURIComponent(document ?? '')
  } catch {
    return ''
  }
}
