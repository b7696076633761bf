/** Packs a stage folder for `npm install`: what is common to our packages. Runs npm and the compiler; keeps nothing. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

/** Runs the project's compiler. Throws what it said when it fails. */
export const compile = (args: readonly string[]): void =>
  void run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), ...args], root)

/** Adds the manifest and the license to `stage`, packs it into `out`, and answers the tarball's path. */
export function pack(stage: string, manifest: string, out: string): string {
  mkdirSync(out, { recursive: true })
  for (const file of [manifest, 'LICENSE']) copyFileSync(join(root, file), join(stage, basename(file)))
  const packed = run('npm', ['pack', '--silent', '--offline', '--pack-destination', out], stage)
  return join(out, packed.trim().split('\n').at(-1) ?? '')
}

function run(tool: string, args: readonly string[], cwd: string): string {
  const ran = spawnSync(tool, args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' })
  if (ran.status === 0) return ran.stdout
  throw new Error(`${tool} failed: ${ran.error?.message ?? `${ran.stdout}${ran.stderr}`.trim()}`)
}
