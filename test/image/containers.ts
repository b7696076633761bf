/** Containers of the built image, run as a cluster would run them: no capabilities, no new privileges, a read-only root. */
import { readFileSync } from 'node:fs'
import type { Ground, Ran } from './machine.ts'

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly flags?: readonly string[]
  /** In place of the image's command; its entry point stays. */
  readonly command?: readonly string[]
  /** The volume at the spool's place; absent: a new one. */
  readonly volume?: string
  /** MiB. */
  readonly memory?: number
}

export interface Container {
  readonly name: string
  /** Its exit code, once it ends. */
  ended(): Promise<number>
  /** SIGTERM, then SIGKILL after `seconds`; its exit code and how long it took, ms. */
  stop(seconds: number): Promise<{ readonly exit: number; readonly ms: number }>
  logs(): Promise<string>
  health(): Promise<Ran>
  exec(...command: string[]): Promise<Ran>
  /** Lines of /proc/<pid>/status of its first process, as the host sees it. */
  process(): Promise<Readonly<Record<string, string>>>
}

const PODMAN = ['--cgroup-manager', 'cgroupfs', '--runtime', 'runc']
/** No systemd runs the image's health command here, and a nested machine may not raise limits. */
const HERE = ['--health-interval', 'disable', '--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1000:1000']

let count = 0

/** Starts a container of `image` and answers it at once. */
export async function runContainer(
  ground: Ground,
  image: string,
  options: RunOptions = {},
): Promise<Container> {
  count += 1
  const name = `c${count}`
  const memory = `${options.memory ?? 256}m`
  const hardened = [
    '--read-only',
    '--read-only-tmpfs=false',
    '--cap-drop',
    'all',
    '--security-opt',
    'no-new-privileges',
  ]
  const bounded = ['--memory', memory, '--memory-swap', memory, '--pids-limit', '100', '--network', 'host']
  const env = Object.entries(options.env ?? {}).flatMap(([key, value]) => ['--env', `${key}=${value}`])
  const volume = options.volume === undefined ? [] : ['--volume', `${options.volume}:/var/lib/tollgate`]
  const flags = [...HERE, ...hardened, ...bounded, ...env, ...volume, ...(options.flags ?? [])]
  await ground.must(
    'podman',
    ...PODMAN,
    'run',
    '--detach',
    '--name',
    name,
    ...flags,
    image,
    ...(options.command ?? []),
  )
  const inspect = async (field: string): Promise<string> =>
    (await ground.must('podman', 'inspect', '--format', `{{.State.${field}}}`, name)).trim()
  const ended = async (): Promise<number> =>
    Number((await ground.must('podman', ...PODMAN, 'wait', name)).trim())
  return {
    name,
    ended,
    stop: async (seconds) => {
      const started = performance.now()
      await ground.must('podman', ...PODMAN, 'stop', '--time', String(seconds), name)
      return { exit: Number(await inspect('ExitCode')), ms: performance.now() - started }
    },
    logs: async () => {
      const { out, err } = await ground.run('podman', 'logs', name)
      return out + err
    },
    health: () => ground.run('podman', ...PODMAN, 'healthcheck', 'run', name),
    exec: (...command) => ground.run('podman', ...PODMAN, 'exec', name, ...command),
    process: async () => {
      const lines = readFileSync(`/proc/${await inspect('Pid')}/status`, 'utf8').split('\n')
      return Object.fromEntries(lines.map((line) => line.split(/:\s+/) as [string, string]))
    },
  }
}
