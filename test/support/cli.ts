/**
 * Pulumi's own CLI, where this machine has it with the two providers: a project of its own in a temporary folder, its state
 * in files there, and an STS that says whose account it is. Nothing of the user's own Pulumi is touched.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { ACCOUNT } from './computed.ts'
import { ROOT, textOf } from './repository.ts'
import type { Given } from './stack-config.ts'

const PROVIDERS = ['aws', 'random']

export interface Ended {
  readonly exit: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Null: it can be used. Else why not, and what to do. */
export async function missingCli(): Promise<string | null> {
  const installed = await run(['plugin', 'ls', '--json'], ROOT, {})
  if (installed === null) return 'there is none on the PATH: https://www.pulumi.com/docs/install/'
  for (const provider of PROVIDERS) {
    const isThere = installed.stdout.includes(`"${provider}"`) || isOnPath(`pulumi-resource-${provider}`)
    if (!isThere) return `it has no provider for ${provider}: run pulumi install in this folder`
  }
  return null
}

/** A preview of the stack `prod`, as JSON on stdout. */
export async function previewByCli(config: Given): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-test-'))
  const sts = createServer((_, response) => response.setHeader('content-type', 'text/xml').end(IDENTITY))
  await new Promise<void>((resolve) => sts.listen(0, '127.0.0.1', resolve))
  try {
    const project = projectIn(folder, config)
    const env = environmentOf(folder, sts.address())
    const made = await run(['stack', 'init', 'prod', '--non-interactive'], project, env)
    if (made?.exit !== 0) throw new Error(`no stack: ${made?.stderr}`)
    const ended = await run(['preview', '--stack', 'prod', '--non-interactive', '--json'], project, env)
    if (ended === null) throw new Error('the CLI is gone')
    return ended
  } finally {
    sts.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The repository's program under a folder that the CLI may write its stack's file to. */
function projectIn(folder: string, config: Given): string {
  const project = join(folder, 'project')
  for (const one of ['home', 'state', 'project']) mkdirSync(join(folder, one))
  for (const one of ['infra', 'node_modules', 'package.json'])
    symlinkSync(join(ROOT, one), join(project, one))
  writeFileSync(join(project, 'Pulumi.yaml'), textOf('Pulumi.yaml'))
  const keys = Object.entries(config).map(([key, value]) => [`tollgate:${key}`, value])
  writeFileSync(join(project, 'Pulumi.prod.yaml'), JSON.stringify({ config: Object.fromEntries(keys) }))
  return project
}

/** A home of its own, with the providers of the user's. */
function environmentOf(folder: string, sts: AddressInfo | string | null): Readonly<Record<string, string>> {
  const plugins = join(process.env['PULUMI_HOME'] ?? join(homedir(), '.pulumi'), 'plugins')
  if (existsSync(plugins)) symlinkSync(plugins, join(folder, 'home', 'plugins'))
  return {
    PULUMI_HOME: join(folder, 'home'),
    PULUMI_BACKEND_URL: `file://${join(folder, 'state')}`,
    PULUMI_CONFIG_PASSPHRASE: 'a test',
    PULUMI_SKIP_UPDATE_CHECK: '1',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: '1',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    AWS_ENDPOINT_URL_STS: typeof sts === 'object' && sts !== null ? `http://127.0.0.1:${sts.port}` : '',
  }
}

/** STS's answer to GetCallerIdentity. */
const IDENTITY = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::${ACCOUNT}:user/seller</Arn><UserId>AIDACKCEVSQ6C2EXAMPLE</UserId><Account>${ACCOUNT}</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>`

const isOnPath = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)))

/** Null: there is no such program. */
function run(
  given: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
): Promise<Ended | null> {
  const child = spawn('pulumi', [...given], { cwd, env: { ...process.env, ...environment } })
  const ended = { stdout: '', stderr: '' }
  child.stdout.on('data', (part: Buffer) => (ended.stdout += part.toString()))
  child.stderr.on('data', (part: Buffer) => (ended.stderr += part.toString()))
  return new Promise((resolve) => {
    child.once('error', () => resolve(null))
    child.once('close', (exit) => resolve({ ...ended, exit }))
  })
}
