/** What AWS Marketplace and a buyer's cluster ask of an image's index, checked after the build. Pure. */

/** How the image starts whatever its command is: an init as PID 1, then Node, and no shell. */
const START = ['/opt/tollgate/tini', '-s', '--', 'node', '/opt/tollgate/tollgate.mjs', 'run', '--']

/** One manifest of the index, with what its image is configured to. */
export interface BuiltManifest {
  /** `linux/amd64`; what is no platform's is an attestation. */
  readonly platform: string
  readonly mediaType: string
  readonly annotations: Readonly<Record<string, string>>
  readonly layers: readonly { readonly digest: string; readonly bytes: number; readonly mediaType: string }[]
  readonly config: BuiltConfig
}

/** The part of an image's configuration that is promised. */
export interface BuiltConfig {
  readonly architecture?: string
  readonly config?: {
    readonly User?: string
    readonly Entrypoint?: readonly string[]
    readonly Cmd?: readonly string[]
    readonly Env?: readonly string[]
    readonly Volumes?: Readonly<Record<string, object>>
    readonly Labels?: Readonly<Record<string, string>>
    readonly Healthcheck?: { readonly Test?: readonly string[] }
  }
}

/** What is wrong with the index, a sentence each; empty: nothing. */
export function checkIndex(
  manifests: readonly BuiltManifest[],
  platforms: readonly string[],
): readonly string[] {
  const images = manifests.filter((manifest) => !isAttestation(manifest))
  const built = images.map((manifest) => manifest.platform)
  return [
    ...manifests.filter(isAttestation).map(refuseAttestation),
    ...platforms
      .filter((platform) => !built.includes(platform))
      .map((platform) => `${platform} was not built`),
    ...built.filter((platform) => !platforms.includes(platform)).map((other) => `${other} was not asked for`),
    ...images.flatMap(checkConfig),
    ...sharedBase(images),
  ]
}

/** Buildkit marks them by an annotation and by a platform that is none. */
const isAttestation = ({ platform, annotations, layers }: BuiltManifest): boolean =>
  platform === 'unknown/unknown' ||
  'vnd.docker.reference.type' in annotations ||
  layers.some((layer) => layer.mediaType.includes('in-toto'))

const refuseAttestation = ({ platform }: BuiltManifest): string =>
  `the index has an attestation (${platform}), which AWS Marketplace refuses: build with --provenance=false --sbom=false`

/** What the Dockerfile promises, as the tool wrote it down. */
function checkConfig({ platform, config: image }: BuiltManifest): string[] {
  const { config = {}, architecture } = image
  const wrong: string[] = []
  if (architecture !== platform.split('/')[1]) wrong.push(`is configured for ${architecture ?? 'nothing'}`)
  if (!/^[1-9]\d*:[1-9]\d*$/.test(config.User ?? '')) wrong.push(`runs as ${config.User || 'root'}`)
  if (JSON.stringify(config.Entrypoint) !== JSON.stringify(START))
    wrong.push(`does not start by ${START.join(' ')}, in exec form`)
  if (!('/var/lib/tollgate' in (config.Volumes ?? {}))) wrong.push('declares no volume for the spool')
  if (!config.Healthcheck?.Test?.includes('/opt/tollgate/health.mjs'))
    wrong.push('has lost its health command')
  if (config.Env?.some((one) => /^AWS_|SECRET|TOKEN|PASSWORD/.test(one)))
    wrong.push('carries credentials or a Region')
  return wrong.map((what) => `${platform} ${what}`)
}

/** Two platforms on one base: its digest named one platform's manifest, not the index. */
function sharedBase(images: readonly BuiltManifest[]): string[] {
  const bases = images.map((image) => image.layers[0]?.digest)
  return new Set(bases).size === images.length
    ? []
    : ['two platforms stand on the same base: its digest must name the index over both, not one manifest']
}
