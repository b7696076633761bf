/** The image as it lies in the registry: two platforms, no attestation, what it is configured to, what it weighs. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkIndex } from '../../commands/image/index-check.ts'
import { readLayout } from '../../commands/image/layout.ts'
import { print } from '../bench/line.ts'
import { OTHER, OWN } from './base.ts'
import { expect, type World } from './world.ts'

const PLATFORMS = ['linux/amd64', 'linux/arm64']

export async function checkBuilt({ check, layout, base, ground }: World): Promise<void> {
  const manifests = readLayout(layout)
  const bytesOf = (folder: string, platform: string): number =>
    readLayout(folder)
      .find((one) => one.platform === platform)
      ?.layers.reduce((sum, layer) => sum + layer.bytes, 0) ?? Number.NaN

  await check(
    'the index has both platforms, each as the Dockerfile promises, and no attestation',
    async () => {
      expect(checkIndex(manifests, PLATFORMS).length === 0, checkIndex(manifests, PLATFORMS).join('; '))
      const kinds = manifests.map((one) => one.mediaType)
      expect(new Set(kinds).size === 1, `manifests of ${kinds.join(' and ')}`)
    },
  )

  await check(
    `what is added to the base for ${OWN} and ${OTHER} differs in its init only: nothing else is of one processor`,
    async () => {
      const folders: string[] = []
      for (const { platform, layers } of manifests) {
        const folder = join(ground.folder, 'added', platform.replace('/', '-'))
        mkdirSync(folder, { recursive: true })
        const blob = join(layout, (layers.at(-1)?.digest ?? '').replace('sha256:', ''))
        await ground.must('tar', '-xf', blob, '-C', folder)
        folders.push(folder)
      }
      const { out } = await ground.run('diff', '--recursive', '--brief', ...folders)
      const init = join('opt', 'tollgate', 'tini')
      const [one = '', other = ''] = folders.map((folder) => join(folder, init))
      expect(out === `Files ${one} and ${other} differ\n`, out)
    },
  )

  await check('the labels are the seller’s, and the base is named with its digest', async () => {
    for (const { config } of manifests) {
      const labels = config.config?.Labels ?? {}
      const missing = ['title', 'description', 'vendor', 'url', 'version', 'base.name', 'base.digest'].filter(
        (name) => !labels[`org.opencontainers.image.${name}`],
      )
      expect(missing.length === 0, `no label ${missing.join(', ')}`)
    }
  })

  await check(
    'the list of what is in it stands beside it and names the AWS SDK, the init and the base',
    async () => {
      const list = readFileSync(join(ground.folder, 'built', 'contents.cdx.json'), 'utf8')
      expect(list.includes('%40aws-sdk/client-marketplace-metering@'), 'no client-marketplace-metering')
      expect(list.includes('"name": "tini"'), 'no init')
      expect(list.includes('"type": "container"'), 'no base')
    },
  )

  await check('the image has at most 1.15 times the bytes of its base', async () => {
    const [whole, below] = [bytesOf(layout, `linux/${OWN}`), bytesOf(base, `linux/${OWN}`)]
    print({
      id: 'image-size',
      value: whole,
      unit: 'bytes',
      ratio: whole / below,
      base: 'its base',
      ok: whole <= 1.15 * below,
    })
    expect(whole <= 1.15 * below, `${whole} bytes over ${below}`)
  })

  await check('the entry has at most 700 kB', async () => {
    const text = readFileSync(join(ground.folder, 'built', 'context', 'opt', 'tollgate', 'tollgate.mjs'))
    print({
      id: 'container-bundle',
      value: text.length,
      unit: 'bytes',
      ratio: text.length / 700_000,
      base: '700 kB',
      ok: text.length <= 700_000,
    })
    expect(text.length <= 700_000, `${text.length} bytes`)
  })
}
