/** The machine the image is built and run on: root on Linux, its tools by apt, one private place for images, programs run to their end. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '..', '..')

/** Programs and the Debian package of each. No Docker engine is needed. */
const TOOLS = {
  buildah: 'buildah',
  podman: 'podman',
  runc: 'runc',
  openssl: 'openssl',
  'tini-static': 'tini',
}

/** What a program said, and how it ended. */
export interface Ran {
  readonly exit: number
  readonly out: string
  readonly err: string
}

/** No program takes as long, and a container that does not end is a failure. */
const PROGRAM_MAX_MS = 40_000

const is = (program: string, ...args: string[]): boolean =>
  spawnSync(program, args, { stdio: 'ignore' }).status === 0

/** Why the image cannot be run here, whose move it is; null: it can. Where it can be had without a question, it is root by sudo. */
export function whyNot(): string | null {
  if (process.platform !== 'linux') return `the image is run on Linux only, and this is ${process.platform}`
  if (process.getuid?.() === 0) return null
  if (process.env.TOLLGATE_IMAGE_SUDO === undefined && is('sudo', '-n', 'true')) {
    const again = [
      '-n',
      '--preserve-env=PATH',
      'TOLLGATE_IMAGE_SUDO=1',
      process.execPath,
      ...process.argv.slice(1),
    ]
    process.exit(spawnSync('sudo', again, { stdio: 'inherit' }).status ?? 1)
  }
  return 'the image is built and run by root, and neither is this root nor is there a sudo without a password: run it as root'
}

/** Installs what is missing. The error is what apt says. */
export function installTools(): string | null {
  const missing = Object.entries(TOOLS).filter(([program]) => !is('sh', '-c', `command -v ${program}`))
  if (missing.length === 0) return null
  const packages = missing.map(([, name]) => name)
  const install = () =>
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
      encoding: 'utf8',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  let ran = install()
  if (ran.status !== 0) {
    spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore' })
    ran = install()
  }
  if (ran.status === 0) return null
  return `${packages.join(', ')} could not be installed: ${ran.error?.message ?? ran.stderr.trim()}`
}

/** A place of one run: its images, its files, the environment its tools need; `remove` leaves nothing. */
export interface Ground {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  readonly run: (program: string, ...args: string[]) => Promise<Ran>
  /** Runs it and throws what it says unless it ends with 0. Answers what it printed. */
  readonly must: (program: string, ...args: string[]) => Promise<string>
  readonly remove: () => Promise<void>
}

/** `registry`: host and port that may be spoken to without TLS. */
export function makeGround(registry: string): Ground {
  const folder = mkdtempSync('/var/tmp/tollgate-image-')
  const put = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const storage = `[storage]\ndriver = "overlay"\ngraphroot = "${folder}/images"\nrunroot = "${folder}/running"\n`
  const env = {
    ...process.env,
    CONTAINERS_STORAGE_CONF: put('storage.conf', storage),
    CONTAINERS_REGISTRIES_CONF: put(
      'registries.conf',
      `[[registry]]\nlocation = "${registry}"\ninsecure = true\n`,
    ),
    // The default needs a user namespace.
    BUILDAH_ISOLATION: 'chroot',
    BUILDAH_RUNTIME: 'runc',
  }
  // In the folder: conmon writes a file where it is started when a container runs out of memory.
  const run = (program: string, ...args: string[]): Promise<Ran> =>
    new Promise((done) => {
      execFile(
        program,
        args,
        { env, cwd: folder, maxBuffer: 1 << 26, timeout: PROGRAM_MAX_MS },
        (failure, out, err) => {
          const exit = failure === null ? 0 : typeof failure.code === 'number' ? failure.code : 127
          const late = failure?.killed ? `it did not end within ${PROGRAM_MAX_MS / 1_000} s` : ''
          done({ exit, out, err: exit === 127 && err === '' ? late || (failure?.message ?? '') : err })
        },
      )
    })
  const must = async (program: string, ...args: string[]): Promise<string> => {
    const ran = await run(program, ...args)
    if (ran.exit === 0) return ran.out
    throw new Error(`${program} ${args.slice(0, 3).join(' ')} … ended with ${ran.exit}: ${ran.out}${ran.err}`)
  }
  return {
    folder,
    env,
    run,
    must,
    remove: async () => {
      await run('podman', 'rm', '--all', '--force', '--time', '0')
      await run('podman', 'volume', 'rm', '--all', '--force')
      await run('buildah', 'rm', '--all')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
