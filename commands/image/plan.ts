/** What building the image takes, as commands of the tool there is: docker, buildah or podman. Pure; nothing is run. */
import type { ContainerProduct, SellerConfig } from '../../shared/seller.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { ToolName } from './given.ts'

/** What is built, whichever tool builds it. */
export interface ImagePlan {
  readonly product: ContainerProduct
  /** `skillsmith:1.4.2`. */
  readonly name: string
  readonly version: string
  readonly platforms: readonly string[]
  readonly base: { readonly image: string; readonly digest: string }
  /** Every file's time, and the image's, in seconds: the same commit gives the same layers. */
  readonly madeAt: number
  /** By name; the Dockerfile declares each. */
  readonly args: Readonly<Record<string, string>>
}

/** One command and why it is run. */
export interface Step {
  readonly why: string
  readonly command: readonly string[]
  /** It may fail: there was nothing to remove. */
  readonly mayFail?: true
}

/** The product that is built: the one named, or the only repository there is. */
export function chooseProduct(
  config: SellerConfig,
  key: string | undefined,
): Result<ContainerProduct, string> {
  const products = config.products.filter((product) => product.kind === 'container')
  const keys = products.map((product) => product.key).join(', ')
  const [first] = products
  if (first === undefined) return err('seller.config.ts has no container product: add one, or build nothing')
  if (key !== undefined) {
    const named = products.find((product) => product.key === key)
    return named
      ? ok(named)
      : err(`--product ${key} is no container product of seller.config.ts: it has ${keys}`)
  }
  if (new Set(products.map((product) => product.image.repository)).size > 1)
    return err(
      `seller.config.ts has container products with different images: name one by --product (${keys})`,
    )
  return ok(first)
}

/** Keys of the products whose codes the image trusts: one, none for the seller's own service, else all. */
export function trustedKeys(
  config: SellerConfig,
  given: { readonly product?: string; readonly edge: boolean },
): readonly string[] {
  if (given.edge) return []
  const keys = config.products.filter((product) => product.kind === 'container').map((product) => product.key)
  return given.product === undefined ? keys : keys.filter((key) => key === given.product)
}

/** What is built of a product. `commit`: its time in seconds. */
export function planImage(
  config: SellerConfig,
  product: ContainerProduct,
  version: string,
  commit: { readonly id: string; readonly at: number },
  base: { readonly image: string; readonly digest: string },
): ImagePlan {
  const { repository, platforms, port } = product.image
  return {
    product,
    name: `${repository}:${version}`,
    version,
    platforms,
    base,
    madeAt: commit.at,
    args: {
      BASE_IMAGE: base.image,
      BASE_DIGEST: base.digest,
      TITLE: product.title,
      DESCRIPTION: product.summary,
      VENDOR: config.seller.legalName,
      URL: config.seller.website,
      VERSION: version,
      REVISION: commit.id,
      PORT: String(port),
    },
  }
}

/**
 * The commands, in order: from the context to `layout`, a folder that holds the index, each manifest and each layer.
 * Docker makes attestations unless it is told not to, and AWS Marketplace refuses them; the others make none.
 * Source: container product policies, "no attestation layers" (2026-11-21). Buildah and Podman keep HEALTHCHECK in
 * Docker's format only.
 */
export function buildSteps(
  tool: ToolName,
  plan: ImagePlan,
  context: string,
  layout: string,
): readonly Step[] {
  const platforms = ['--platform', plan.platforms.join(',')]
  const args = Object.entries(plan.args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`])
  const why = `build ${plan.platforms.join(' and ')} into one index, without attestations`
  const local = `localhost/${plan.name}`
  switch (tool) {
    case 'docker': {
      const epoch = ['--build-arg', `SOURCE_DATE_EPOCH=${plan.madeAt}`]
      const bare = ['--provenance=false', '--sbom=false', ...epoch]
      const output = ['--output', `type=oci,dest=${layout},tar=false,rewrite-timestamp=true`]
      return [
        { why, command: ['docker', 'buildx', 'build', ...platforms, ...bare, ...output, ...args, context] },
      ]
    }
    case 'buildah':
    case 'podman': {
      const index = ['--format', 'docker', '--timestamp', String(plan.madeAt), '--manifest', local]
      return [
        {
          why: 'forget the index of an earlier build',
          command: [tool, 'manifest', 'rm', local],
          mayFail: true,
        },
        { why, command: [tool, 'build', ...platforms, ...index, ...args, context] },
        { why: 'write it to a folder', command: [tool, 'manifest', 'push', '--all', local, `dir:${layout}`] },
      ]
    }
  }
}

/** The registry that AWS Marketplace owns. Source: "Container product getting started" (2026-11-21). */
const MARKETPLACE = '709825985650.dkr.ecr.us-east-1.amazonaws.com'

/** What a person does next: the prefix is given by AWS and stands on the product's page of the portal. */
export function nextCommand(tool: ToolName, plan: ImagePlan, layout: string): string {
  const target = `docker://${MARKETPLACE}/<your prefix>/${plan.name}`
  return tool === 'docker'
    ? `skopeo copy --all oci:${layout} ${target}`
    : `${tool} manifest push --all localhost/${plan.name} ${target}`
}
