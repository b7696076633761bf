/**
 * Builds container/in-process.ts to one JavaScript file, with the container's projection of `seller.config.ts` in it and nothing else
 * of that file, and packs it with its types for `npm install`; prints the tarball's path.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { bundleContainer } from './container-bundle.ts'

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
  mkdirSync(out, { recursive: true })
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
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), surface, ...types])
  const declared = readFileSync(join(stage, 'api.d.ts'), 'utf8')
  writeFileSync(join(stage, 'container.d.ts'), `${declared}export declare const createMeter: CreateMeter\n`)
  rmSync(join(stage, 'api.d.ts'))

  for (const file of ['container/in-process/package.json', 'LICENSE'])
    copyFileSync(join(root, file), join(stage, file.split('/').at(-1) ?? file))
  const packed = run('npm', ['pack', '--silent', '--offline', '--pack-destination', out], stage)
  console.log(join(out, packed.trim().split('\n').at(-1) ?? ''))
} finally {
  rmSync(stage, { recursive: true, force: true })
}

/** Runs a tool to its end and answers what it printed. Throws what it said when it fails. */
function run(tool: string, args: readonly string[], cwd = root): string {
  const ran = spawnSync(tool, args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' })
  if (ran.status === 0) return ran.stdout
  throw new Error(`${tool} failed: ${ran.error?.message ?? `${ran.stdout}${ran.stderr}`.trim()}`)
}
