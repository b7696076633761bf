/** Reads a built image from the folder a tool wrote it to: an OCI layout (Docker) or `dir:` (Buildah, Podman). */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BuiltConfig, BuiltManifest } from './index-check.ts'

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly platform?: { readonly os: string; readonly architecture: string }
  readonly annotations?: Readonly<Record<string, string>>
}

/** Every manifest of the index. Throws when the folder holds no index. */
export function readLayout(folder: string): BuiltManifest[] {
  const oci = existsSync(join(folder, 'oci-layout'))
  const blob = (digest: string, kind: 'manifest' | 'other'): unknown => {
    const hex = digest.replace(/^sha256:/, '')
    const path = oci ? join('blobs', 'sha256', hex) : kind === 'manifest' ? `${hex}.manifest.json` : hex
    return JSON.parse(readFileSync(join(folder, path), 'utf8'))
  }
  const top = JSON.parse(readFileSync(join(folder, oci ? 'index.json' : 'manifest.json'), 'utf8'))
  return (flatten(top, oci ? blob : undefined) as Descriptor[]).map((descriptor) => {
    const manifest = blob(descriptor.digest, 'manifest') as {
      readonly config: Descriptor
      readonly layers: readonly Descriptor[]
    }
    const { os = 'unknown', architecture = 'unknown' } = descriptor.platform ?? {}
    return {
      platform: `${os}/${architecture}`,
      mediaType: descriptor.mediaType,
      annotations: descriptor.annotations ?? {},
      layers: manifest.layers.map(({ digest, size, mediaType }) => ({ digest, bytes: size, mediaType })),
      config: blob(manifest.config.digest, 'other') as BuiltConfig,
    }
  })
}

/** An OCI layout's index names the image's index, which names the manifests. */
function flatten(
  index: { readonly manifests?: readonly Descriptor[] },
  blob: ((digest: string, kind: 'manifest') => unknown) | undefined,
): readonly Descriptor[] {
  if (index.manifests === undefined)
    throw new Error('the tool wrote one manifest and no index: name both platforms')
  return index.manifests.flatMap((one) =>
    blob && /image\.index|manifest\.list/.test(one.mediaType)
      ? flatten(blob(one.digest, 'manifest') as { manifests?: readonly Descriptor[] }, blob)
      : [one],
  )
}
