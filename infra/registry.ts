/** Where the images of container products are kept before they go to AWS Marketplace, in the stack's Region. */
import * as aws from '@pulumi/aws'
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi'
import type { ContainerProduct } from '../shared/seller.ts'
import { repositoryPolicy } from './policies.ts'
import { textOf } from './document.ts'
import { KEPT } from './key.ts'

export interface RegistryArgs {
  /** Of the image, as seller.config.ts names it. */
  readonly repository: string
  readonly stack: string
  /** Accounts that may pull, beside this one. */
  readonly pullAccounts: readonly string[]
  /**
   * The name of a repository that exists already and is taken over with all its images; null: one is made. AWS must say of
   * it what stands here (immutable tags, scan on push), or the import fails and names the difference.
   */
  readonly adopt: string | null
}

/** Until then an untagged image may still be a push under way. */
const UNTAGGED_DAYS = 14

/**
 * A tagged image never expires: a tag is a version somebody may start again years later, and ECR does not know what runs.
 * Untagged is what an aborted push left. Children of an index that has a tag are untagged too: ECR expires none of them
 * before their index. Source: ECR, "Automate the cleanup of images", Lifecycle policy evaluation rules (2026-11-21).
 */
const LIFECYCLE = {
  rules: [
    {
      rulePriority: 1,
      description: 'What no tag names is what an aborted push left.',
      selection: {
        tagStatus: 'untagged',
        countType: 'sinceImagePushed',
        countUnit: 'days',
        countNumber: UNTAGGED_DAYS,
      },
      action: { type: 'expire' },
    },
  ],
}

export class Registry extends ComponentResource {
  readonly url: Output<string>
  readonly arn: Output<string>
  /** The repository's own name. */
  readonly name: Output<string>

  constructor(name: string, args: RegistryArgs, options?: ComponentResourceOptions) {
    super('tollgate:infra:Registry', name, {}, options)

    const repository = new aws.ecr.Repository(
      `${name}-repository`,
      {
        name: args.adopt ?? `${args.stack}/${args.repository}`,
        imageTagMutability: 'IMMUTABLE',
        imageScanningConfiguration: { scanOnPush: true },
        // Chosen once for ever. An image holds no secret and goes to every buyer; a key of our own could only be lost.
        encryptionConfigurations: [{ encryptionType: 'AES256' }],
      },
      {
        ...KEPT,
        parent: this,
        ...(args.adopt === null ? {} : adopted(args.adopt)),
      },
    )

    // What an adopted repository's untagged images are for, its owner alone knows: he keeps his own rules.
    if (args.adopt === null)
      new aws.ecr.LifecyclePolicy(
        `${name}-lifecycle`,
        { repository: repository.name, policy: JSON.stringify(LIFECYCLE) },
        { parent: this },
      )

    if (args.pullAccounts.length > 0)
      new aws.ecr.RepositoryPolicy(
        `${name}-pull`,
        { repository: repository.name, policy: textOf(repositoryPolicy({ accounts: args.pullAccounts })) },
        { parent: this },
      )

    this.url = repository.repositoryUrl
    this.arn = repository.arn
    this.name = repository.name
    this.registerOutputs({ url: this.url, arn: this.arn, name: this.name })
  }
}

/** Its encryption cannot be changed, and its tags are its owner's. */
const adopted = (repository: string) => ({
  import: repository,
  ignoreChanges: ['encryptionConfigurations', 'tags'],
})

/** By product key. Products whose image is one (it is told by code which of them it is) share its registry. */
export function registriesOf(
  containers: readonly ContainerProduct[],
  {
    adopt,
    ...args
  }: Pick<RegistryArgs, 'stack' | 'pullAccounts'> & { readonly adopt: Readonly<Record<string, string>> },
): Readonly<Record<string, Registry>> {
  const sharing = Map.groupBy(containers, ({ image }) => image.repository)
  const made = [...sharing].flatMap(([repository, products]) => {
    const adopted = products.map(({ key }) => adopt[key]).find((name) => name !== undefined)
    const registry = new Registry(`registry-${repository}`, { ...args, repository, adopt: adopted ?? null })
    return products.map(({ key }) => [key, registry] as const)
  })
  return Object.fromEntries(made)
}
