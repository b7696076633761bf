/** The folder an image is built from: the Dockerfile, the init, the bundles, the health command and an empty spool. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ok, type Result } from '../../shared/result.ts'
import { bundleContainer, type ContainerBundle } from '../container-bundle.ts'
import type { Init } from './init.ts'

/** What goes into the image, by its path there; each a file of container/. */
const ENTRIES = {
  'opt/tollgate/tollgate.mjs': 'main.ts',
  'opt/tollgate/health.mjs': 'health.ts',
  'app/server.mjs': 'app/server.ts',
} as const

/** Makes the folder anew and answers the bundles in it. `keys`: the products whose codes are trusted. */
export async function makeContext(
  root: string,
  folder: string,
  keys: readonly string[],
  init: Init,
): Promise<Result<readonly ContainerBundle[], string>> {
  rmSync(folder, { recursive: true, force: true })
  for (const path of ['init', 'opt/tollgate', 'app', 'var/lib/tollgate'])
    mkdirSync(join(folder, path), { recursive: true })
  copyFileSync(join(root, 'container', 'Dockerfile'), join(folder, 'Dockerfile'))
  for (const { architecture, bytes } of init.files)
    writeFileSync(join(folder, 'init', architecture), bytes, { mode: 0o555 })
  const bundles: ContainerBundle[] = []
  for (const [path, entry] of Object.entries(ENTRIES)) {
    const bundle = await bundleContainer(root, entry, { products: keys })
    if (!bundle.ok) return bundle
    writeFileSync(join(folder, path), bundle.value.text, { mode: 0o444 })
    bundles.push(bundle.value)
  }
  return ok(bundles)
}
