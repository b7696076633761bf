/**
 * A stand-in for the base of the image: this Node and what `ldd` says it needs, laid out as distroless lays it out, without a
 * shell. The other platform's has no program in it: it is built on, never run. And a stand-in for the init's release: Debian's
 * package of it.
 */
import { copyFileSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Ground } from './machine.ts'

export const OWN = process.arch === 'arm64' ? 'arm64' : 'amd64'
export const OTHER = OWN === 'arm64' ? 'amd64' : 'arm64'

/** Writes the init of both platforms to a folder. */
export async function makeInit(ground: Ground): Promise<string> {
  const folder = join(ground.folder, 'init')
  mkdirSync(folder)
  const own = (await ground.must('sh', '-c', 'command -v tini-static')).trim()
  copyFileSync(own, join(folder, `tini-static-${OWN}`))
  writeFileSync(join(folder, `tini-static-${OTHER}`), `for ${OTHER}`)
  return folder
}

/** Writes the base's index to a folder, to be served. */
export async function makeBase(ground: Ground): Promise<string> {
  const root = join(ground.folder, 'base')
  const put = (path: string, from: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    copyFileSync(from, join(root, path))
  }
  const node = realpathSync(process.execPath)
  put('nodejs/bin/node', node)
  const needed = (await ground.must('ldd', node)).match(/\/\S+(?= \(0x)/g) ?? []
  for (const file of needed) put(file, realpathSync(file))
  mkdirSync(join(root, 'etc'), { recursive: true })
  mkdirSync(join(root, 'tmp'), { recursive: true, mode: 0o1777 })
  writeFileSync(
    join(root, 'etc', 'passwd'),
    'root:x:0:0::/root:/sbin/nologin\nnonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n',
  )
  writeFileSync(join(root, 'etc', 'group'), 'root:x:0:\nnonroot:x:65532:\n')
  writeFileSync(join(root, 'etc', 'nsswitch.conf'), 'hosts: files dns\n')

  const { must } = ground
  const images: string[] = []
  for (const architecture of [OWN, OTHER]) {
    const container = (await must('buildah', 'from', '--arch', architecture, 'scratch')).trim()
    const from = architecture === OWN ? root : join(root, 'etc')
    await must('buildah', 'copy', '--quiet', container, from, architecture === OWN ? '/' : '/etc')
    await must(
      'buildah',
      'config',
      '--arch',
      architecture,
      '--user',
      '65532',
      '--entrypoint',
      '["/nodejs/bin/node"]',
      container,
    )
    images.push(
      (
        await must('buildah', 'commit', '--quiet', '--format', 'docker', container, `base-${architecture}`)
      ).trim(),
    )
    await must('buildah', 'rm', container)
  }
  await must('buildah', 'manifest', 'create', 'base')
  for (const [i, architecture] of [OWN, OTHER].entries())
    await must('buildah', 'manifest', 'add', '--arch', architecture, 'base', images[i] ?? '')
  const layout = join(ground.folder, 'base-layout')
  await must('buildah', 'manifest', 'push', '--all', 'base', `dir:${layout}`)
  return layout
}
