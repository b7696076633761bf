/** An index that AWS Marketplace or a cluster would not take is refused after the build, with what is wrong. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { checkIndex, type BuiltManifest } from '../../../commands/image/index-check.ts'
import { readLayout } from '../../../commands/image/layout.ts'

const PLATFORMS = ['linux/amd64', 'linux/arm64']
const layer = (digest: string) => ({
  digest,
  bytes: 1,
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
})

function built(platform: string, change: Partial<BuiltManifest> = {}): BuiltManifest {
  return {
    platform,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    annotations: {},
    layers: [layer(`base of ${platform}`), layer('ours')],
    config: {
      architecture: platform.split('/')[1] ?? '',
      config: {
        User: '65532:65532',
        Entrypoint: ['/opt/tollgate/tini', '-s', '--', 'node', '/opt/tollgate/tollgate.mjs', 'run', '--'],
        Env: ['NODE_ENV=production'],
        Volumes: { '/var/lib/tollgate': {} },
        Healthcheck: { Test: ['CMD', 'node', '/opt/tollgate/health.mjs'] },
      },
    },
    ...change,
  }
}
const both = PLATFORMS.map((platform) => built(platform))
const [amd64 = built('linux/amd64'), arm64 = built('linux/arm64')] = both
const configured = (change: object): BuiltManifest => ({
  ...arm64,
  config: { ...arm64.config, config: { ...arm64.config.config, ...change } },
})

test('an index over both platforms, each as the Dockerfile promises, is right', () => {
  expect(checkIndex(both, PLATFORMS)).toEqual([])
})

test.each([
  [
    'a marked attestation',
    built('linux/amd64', { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } }),
  ],
  ['no platform', built('unknown/unknown')],
  [
    'an in-toto layer',
    built('linux/amd64', { layers: [{ ...layer('x'), mediaType: 'application/vnd.in-toto+json' }] }),
  ],
])('%s is an attestation, and refused', (_, manifest) => {
  expect(checkIndex([...both, manifest], PLATFORMS)).toEqual([expect.stringContaining('has an attestation')])
})

test.each([
  ['a platform that is missing', [amd64], 'linux/arm64 was not built'],
  ['a platform too many', [...both, built('linux/s390x')], 'linux/s390x was not asked for'],
  [
    'one platform twice under two names',
    [amd64, { ...arm64, layers: amd64.layers }],
    'stand on the same base',
  ],
  [
    'a wrong architecture',
    [amd64, { ...arm64, config: { ...arm64.config, architecture: 'amd64' } }],
    'is configured for amd64',
  ],
  ['root', [amd64, configured({ User: '' })], 'linux/arm64 runs as root'],
  [
    'a user by name, which Kubernetes cannot tell from root',
    [amd64, configured({ User: 'nonroot' })],
    'runs as nonroot',
  ],
  ['a shell in front', [amd64, configured({ Entrypoint: ['/bin/sh', '-c', 'node'] })], 'exec form'],
  [
    'Node as PID 1, which clears nothing',
    [amd64, configured({ Entrypoint: ['node', '/opt/tollgate/tollgate.mjs', 'run', '--'] })],
    'does not start by /opt/tollgate/tini',
  ],
  ['a lost health command', [amd64, configured({ Healthcheck: {} })], 'has lost its health command'],
  ['no volume', [amd64, configured({ Volumes: {} })], 'no volume'],
  ['a Region', [amd64, configured({ Env: ['AWS_REGION=us-east-1'] })], 'carries credentials or a Region'],
])('%s is refused', (_, manifests, sentence) => {
  expect(checkIndex(manifests, PLATFORMS)).toEqual([expect.stringContaining(sentence)])
})

const folder = mkdtempSync(join(tmpdir(), 'tollgate-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A layout as Docker (`oci`) or Buildah (`dir`) writes it, of the same image. */
function writeLayout(kind: 'oci' | 'dir'): string {
  const at = join(folder, kind)
  mkdirSync(join(at, 'blobs', 'sha256'), { recursive: true })
  const put = (value: object, manifest: boolean): string => {
    const text = JSON.stringify(value)
    const hex = createHash('sha256').update(text).digest('hex')
    const name = kind === 'oci' ? join('blobs', 'sha256', hex) : manifest ? `${hex}.manifest.json` : hex
    writeFileSync(join(at, name), text)
    return `sha256:${hex}`
  }
  const config = put(arm64.config, false)
  const manifest = put(
    { config: { digest: config }, layers: [{ digest: 'x', size: 1, mediaType: 'tar' }] },
    true,
  )
  const index = {
    manifests: [{ mediaType: 'm', digest: manifest, platform: { os: 'linux', architecture: 'arm64' } }],
  }
  if (kind === 'dir') writeFileSync(join(at, 'manifest.json'), JSON.stringify(index))
  else {
    writeFileSync(join(at, 'oci-layout'), '{}')
    const inner = { mediaType: 'application/vnd.oci.image.index.v1+json', digest: put(index, true) }
    writeFileSync(join(at, 'index.json'), JSON.stringify({ manifests: [inner] }))
  }
  return at
}

test('a layout is read the same, whichever tool wrote it', () => {
  const read = readLayout(writeLayout('oci'))
  expect(read).toEqual([
    {
      platform: 'linux/arm64',
      mediaType: 'm',
      annotations: {},
      layers: [{ digest: 'x', bytes: 1, mediaType: 'tar' }],
      config: arm64.config,
    },
  ])
  expect(readLayout(writeLayout('dir'))).toEqual(read)
})
