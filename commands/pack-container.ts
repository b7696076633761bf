/**
 * Builds container/in-process.ts to one JavaScript file, with the container's projection of `seller.config.ts` in it and nothing else
 * of that file, and packs it with its types for `npm install`; prints the tarball's path.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { bundleContainer } from './container-bundle.ts'
import { compile, pack } from './pack.ts'

const root = resolve(import.meta.dirname, '..')
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, 'dist') },
    product: { type: 'string' },
    edge: { type: 'boolean', default: false },
  },
})
const out = resolve(values.out)
const stage = mkdtempSync(join(tmpdir(), 'tollgate-container-'))
try {
  const { product, edge } = values
  const trusted = edge ? { products: [] } : product === undefined ? {} : { products: [product] }
  const bundle = await bundleContainer(root, 'in-process.ts', { ...trusted, readable: true })
  if (!bundle.ok) throw new Error(bundle.error)
  writeFileSync(join(stage, 'container.js'), bundle.value.text)

  // The public surface is one file of types without imports.
  const surface = join(root, 'container', 'in-process', 'api.ts')
  const types = [
    '--ignoreConfig',
    '--declaration',
    '--emitDeclarationOnly',
    '--target',
    'es2024',
    '--outDir',
    stage,
  ]
  compile([surface, ...types])
  const declared = readFileSync(join(stage, 'api.d.ts'), 'utf8')
  writeFileSync(join(stage, 'container.d.ts'), `${declared}export declare const createMeter: CreateMeter\n`)
  rmSync(join(stage, 'api.d.ts'))

  console.log(pack(stage, 'container/in-process/package.json', out))
} finally {
  rmSync(stage, { recursive: true, force: true })
}
