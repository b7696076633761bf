/** What a task's container runs, as in the image: the container's entry of development and the sample application, a file each. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stop } from 'esbuild'
import { ok, type Result } from '../../shared/result.ts'
import { bundleContainer } from '../container-bundle.ts'

export interface Image {
  /** Paths of JavaScript files. */
  readonly entry: string
  readonly application: string
}

/** Bundles both into the folder; the error is one sentence. */
export async function buildImage(root: string, folder: string): Promise<Result<Image, string>> {
  const at = join(folder, 'image')
  mkdirSync(at, { recursive: true })
  const image = { entry: join(at, 'tollgate.mjs'), application: join(at, 'server.mjs') }
  for (const [from, to] of [
    ['main.dev.ts', image.entry],
    ['app/server.ts', image.application],
  ] as const) {
    const bundle = await bundleContainer(root, from)
    if (!bundle.ok) return bundle
    writeFileSync(to, bundle.value.text)
  }
  // Its process would stay for the next bundle, and there is none.
  await stop()
  return ok(image)
}
