/** Builds client/usage.ts to JavaScript and types and packs both for `npm install`; prints the tarball's path. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { compile, pack } from './pack.ts'

const root = resolve(import.meta.dirname, '..')
const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist') } } })
const out = resolve(values.out)
const stage = mkdtempSync(join(tmpdir(), 'tollgate-client-'))
try {
  await build({
    entryPoints: [join(root, 'client', 'usage.ts')],
    outdir: stage,
    format: 'esm',
    // The oldest that is promised: Node 20, and browsers of its day.
    target: 'es2022',
    logLevel: 'silent',
  })
  const types = ['-p', join(root, 'client'), '--noEmit', 'false', '--declaration', '--emitDeclarationOnly']
  compile([...types, '--outDir', stage])
  console.log(pack(stage, 'client/package.json', out))
} finally {
  rmSync(stage, { recursive: true, force: true })
}
