/** The role that CI takes on at GitHub, without a lasting key, to push images and to change what is listed. */
import * as aws from '@pulumi/aws'
import {
  ComponentResource,
  RunError,
  type ComponentResourceOptions,
  type Input,
  type Output,
} from '@pulumi/pulumi'
import type { Product } from '../shared/seller.ts'
import { documentOf, textOf } from './document.ts'
import {
  catalogCommon,
  catalogProduct,
  marketplacePush,
  publisherTrust,
  registryLogin,
  repositoryPush,
} from './policies.ts'
import type { PolicyDocument } from './policy.ts'
import type { PublisherSettings } from './settings.ts'

export interface PublisherArgs {
  readonly account: string
  readonly products: readonly Product[]
  /** ARNs of the seller's own repositories, by the name that seller.config.ts gives their image. */
  readonly repositories: Readonly<Record<string, Input<string>>>
  readonly settings: PublisherSettings
}

/** All policies of one role together. Source: IAM, "IAM and AWS STS quotas", role inline policies (2026-11-21). */
const ROLE_CHARACTERS_MAX = 10_240
/** What the right to push to one repository takes of them, a long ARN among it. */
const PUSH_CHARACTERS = 450

export class Publisher extends ComponentResource {
  readonly roleArn: Output<string>

  constructor(name: string, args: PublisherArgs, options?: ComponentResourceOptions) {
    super('tollgate:infra:Publisher', name, {}, options)
    const child = { parent: this }
    const { repository, environment, providerArn } = args.settings
    const rights = rightsOf(args)
    checkSize(rights, Object.keys(args.repositories).length)

    // An account has one provider a URL. GitHub's certificate is of an authority IAM trusts: no thumbprint is compared.
    const provider =
      providerArn ??
      new aws.iam.OpenIdConnectProvider(
        `${name}-github`,
        { url: 'https://token.actions.githubusercontent.com', clientIdLists: ['sts.amazonaws.com'] },
        child,
      ).arn
    const role = new aws.iam.Role(
      `${name}-role`,
      { assumeRolePolicy: documentOf({ providerArn: provider, repository, environment }, publisherTrust) },
      child,
    )
    const right = (of: string, policy: Input<string>) =>
      new aws.iam.RolePolicy(`${name}-${of}`, { role: role.name, policy }, child)
    for (const [of, document] of rights) right(of, textOf(document))
    for (const [image, repositoryArn] of Object.entries(args.repositories))
      right(`push-${image}`, documentOf({ repositoryArn }, repositoryPush))

    this.roleArn = role.arn
    this.registerOutputs({ roleArn: this.roleArn })
  }
}

/** What is known before `up`, by the child's name: one right a product, so that a product more changes no other's. */
function rightsOf({
  account,
  products,
  settings,
}: PublisherArgs): readonly (readonly [string, PolicyDocument])[] {
  const { marketplacePrefix: prefix } = settings
  const pushes = prefix !== null || products.some((product) => product.kind === 'container')
  return [
    ...(pushes ? [['login', registryLogin()] as const] : []),
    ...(prefix === null ? [] : [['marketplace', marketplacePush({ prefix })] as const]),
    ['catalog', catalogCommon({ account })],
    ...products.map(
      ({ key, id, kind }) => [`catalog-${key}`, catalogProduct({ account, id, kind })] as const,
    ),
  ]
}

/** Throws when IAM would refuse the last of the policies, in the middle of an `up`. */
function checkSize(rights: readonly (readonly [string, PolicyDocument])[], repositories: number): void {
  const known = rights.reduce((sum, [, document]) => sum + textOf(document).length, 0)
  const characters = known + repositories * PUSH_CHARACTERS
  if (characters > ROLE_CHARACTERS_MAX)
    throw new RunError(
      `The publisher's role would hold ${characters} characters of policies, and IAM takes ${ROLE_CHARACTERS_MAX}: seller.config.ts sells more products than one role can publish. Leave the publisher out of this stack's config and publish with credentials of your own.`,
    )
}
