/** The list of what is in the image (CycloneDX 1.6): the bundled npm packages, the init and the base. A file beside it. Pure. */
import type { Init, InitFile } from './init.ts'
import type { ImagePlan } from './plan.ts'

/** What esbuild says of a bundle: the files that are in it. */
export interface Bundled {
  readonly inputs: Readonly<Record<string, unknown>>
}

/** The part of package-lock.json that is read. */
export interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly license?: string; readonly integrity?: string }>
  >
}

/** The folder of the lock that a bundled file is of: `node_modules/pino`; null: it is a file of the repository. */
export function packageOf(file: string): string | null {
  return /^(?:.*\/)?(?:node_modules\/(?:@[^/]+\/)?[^/]+)/.exec(file.replaceAll('\\', '/'))?.[0] ?? null
}

/**
 * The list. `madeAt`: ISO time of wall time. Packages that are bundled and not in the lock throw: the lock is stale.
 * Which packages of Debian are in the base is the base's own list, named here by digest only.
 */
export function listContents(
  plan: ImagePlan,
  init: Init,
  bundles: readonly Bundled[],
  lock: Lock,
  madeAt: string,
): object {
  const folders = new Set(
    bundles.flatMap(({ inputs }) => Object.keys(inputs).flatMap((file) => packageOf(file) ?? [])),
  )
  const components = [
    ...init.files.map((file) => initComponent(init, file)),
    ...[...folders].toSorted().map((folder) => component(folder, lock)),
  ]
  const { repository } = plan.product.image
  const own = `pkg:oci/${repository}@${plan.version}`
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: madeAt,
      component: {
        type: 'container',
        'bom-ref': own,
        name: repository,
        version: plan.version,
        description: plan.product.summary,
      },
    },
    components: [base(plan), ...components],
    dependencies: [{ ref: own, dependsOn: [baseRef(plan), ...components.map((one) => one['bom-ref'])] }],
  }
}

function component(folder: string, lock: Lock) {
  const { version, license, integrity } = lock.packages[folder] ?? {}
  if (version === undefined)
    throw new Error(`${folder} is bundled and not in package-lock.json: run \`npm ci\``)
  const name = folder.replace(/^.*node_modules\//, '')
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
    ...(integrity === undefined ? {} : { hashes: [hashOf(integrity)] }),
  }
}

/** The seller's own file has no version that is known, and is told by its hash. */
function initComponent({ name, version }: Init, { architecture, sha256 }: InitFile) {
  const which = version === null ? `generic/${name}` : `github/krallin/${name}@v${version}`
  const purl = `pkg:${which}?arch=${architecture}`
  return {
    type: 'application',
    'bom-ref': purl,
    name,
    ...(version === null ? {} : { version, licenses: [{ expression: 'MIT' }] }),
    purl,
    hashes: [{ alg: 'SHA-256', content: sha256 }],
  }
}

/** A lock's `sha512-…` (base64) as CycloneDX writes it. */
function hashOf(integrity: string): { readonly alg: string; readonly content: string } {
  const [kind = '', text = ''] = integrity.split('-')
  return { alg: `SHA-${kind.slice(3)}`, content: Buffer.from(text, 'base64').toString('hex') }
}

const baseRef = ({ base }: ImagePlan): string =>
  `pkg:oci/${base.image.split('/').at(-1)?.split(':')[0] ?? ''}@${base.digest.replace(':', '%3A')}`

const base = (plan: ImagePlan) => ({
  type: 'container',
  'bom-ref': baseRef(plan),
  name: plan.base.image,
  version: plan.base.digest,
  purl: baseRef(plan),
  hashes: [{ alg: 'SHA-256', content: plan.base.digest.replace('sha256:', '') }],
})
