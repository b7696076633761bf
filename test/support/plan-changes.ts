/** What an `up` would do to a stack that stands: two plans held against each other, resource by resource. */
import { isDeepStrictEqual } from 'node:util'
import type { Planned } from './plan.ts'

export interface PlanChanges {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** The same resource with other inputs or options; what it waits for is no change at AWS. */
  readonly changed: readonly string[]
  /** Of what must not be made anew: removed, or with another value of what AWS cannot change. */
  readonly replaced: readonly string[]
}

/**
 * The inputs that AWS cannot change of what stands: another value makes another resource. Of everything that may not be
 * lost or whose name others know. Source: terraform-provider-aws, internal/service, ForceNew in each schema (2026-11-22).
 */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  'aws:sqs/queue:Queue': ['name', 'namePrefix', 'fifoQueue', 'region'],
  'aws:kms/key:Key': [
    'customerMasterKeySpec',
    'customKeyStoreId',
    'keyUsage',
    'multiRegion',
    'xksKeyId',
    'region',
  ],
  'aws:ecr/repository:Repository': ['name', 'encryptionConfigurations', 'region'],
  'aws:iam/role:Role': ['name', 'namePrefix', 'path'],
  'aws:iam/user:User': [],
  'aws:iam/openIdConnectProvider:OpenIdConnectProvider': ['url'],
  'aws:sns/topic:Topic': ['name', 'namePrefix', 'fifoTopic', 'region'],
  'aws:ssm/parameter:Parameter': ['name', 'dataType', 'region'],
}

/** By name, for a name is given once (held by ../infra/changes.test.ts). */
export function changesBetween(before: readonly Planned[], after: readonly Planned[]): PlanChanges {
  const later = new Map(after.map((one) => [one.urn, one]))
  const earlier = new Set(before.map((one) => one.urn))
  const pairs = before.flatMap((was) => {
    const is = later.get(was.urn)
    return is === undefined ? [] : [{ was, is }]
  })
  const gone = before.filter(({ urn }) => !later.has(urn))
  return {
    added: namesOf(after.filter(({ urn }) => !earlier.has(urn))),
    removed: namesOf(gone),
    changed: namesOf(
      pairs.filter(({ was, is }) => !isDeepStrictEqual(atAws(was), atAws(is))).map(({ is }) => is),
    ),
    replaced: namesOf([
      ...gone.filter(({ type }) => FIXED[type] !== undefined),
      ...pairs.filter(isReplaced).map(({ is }) => is),
    ]),
  }
}

const namesOf = (planned: readonly Planned[]): string[] => planned.map(({ name }) => name).toSorted()

const atAws = ({ dependsOn: _waits, inputDependsOn: _made, ...rest }: Planned) => rest

const isReplaced = ({ was, is }: { readonly was: Planned; readonly is: Planned }): boolean =>
  (FIXED[was.type] ?? []).some((input) => !isDeepStrictEqual(was.inputs[input], is.inputs[input])) ||
  (FIXED[was.type] !== undefined && was.importId !== is.importId)
