/** Builds client/usage.ts to JavaScript and types and packs both for `npm install`; prints the tarball's path. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '..')
const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist') } } })
const out = resolve(values.out)
const stage = mkdtempSync(join(tmpdir(), 'tollgate-client-'))
try {
  mkdirSync(out, { recursive: true })
  await build({
    entryPoints: [join(root, 'client', 'usage.ts')],
    outdir: stage,
    format: 'esm',
    // The oldest that is promised: Node 20, and browsers of its day.
    target: 'es2022',
    logLevel: 'silent',
  })
  const types = ['-p', join(root, 'client'), '--noEmit', 'false', '--declaration', '--emitDeclarationOnly']
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), ...types, '--outDir', stage])
  for (const file of ['client/package.json', 'LICENSE'])
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
