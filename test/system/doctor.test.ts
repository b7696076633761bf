/** `npm run doctor` as a person runs it: exit codes, and half of it configured. What it finds is in test/commands/doctor. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { SELLER_CREDENTIALS } from '../simulator/simulator.ts'
import { CANARIES, openWellStack, STACK, type WellStack } from '../support/doctor.ts'
import { ROOT } from '../support/system.ts'

const MIGRATIONS = readdirSync(join(ROOT, 'worker', 'db', 'migrations')).filter((name) =>
  name.endsWith('.sql'),
)

interface Ran {
  readonly code: unknown
  readonly out: string
  readonly err: string
}

/** `environment` is all it sees beside its Node; HOME holds no credentials. */
function doctor(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const home = mkdtempSync(join(tmpdir(), 'tollgate-doctor-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  const env = { HOME: home, AWS_EC2_METADATA_DISABLED: 'true', ...environment }
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(ROOT, 'commands', 'doctor.mjs'), ...args],
      { env, timeout: 60_000, cwd: home },
      (error, out, err) => resolve({ code: error === null ? 0 : error.code, out, err }),
    )
  })
}

/** The outputs as a file, secrets among them. */
function fileOf({ outputs }: WellStack): string {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-doctor-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'outputs.json')
  writeFileSync(file, JSON.stringify(outputs))
  return file
}

test('a deployment that is asked with all that it takes is looked at whole, and no secret is told: 0', async () => {
  const stack = await openWellStack(MIGRATIONS, { edge: { mail: null } })
  const all = {
    AWS_ENDPOINT_URL: stack.account.url,
    AWS_ACCESS_KEY_ID: SELLER_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: SELLER_CREDENTIALS.secretAccessKey,
    CLOUDFLARE_API_BASE_URL: stack.cloudflare.base,
    CLOUDFLARE_API_TOKEN: CANARIES.token,
    TOLLGATE_OPERATOR_KEY: CANARIES.operatorKey,
  }
  const { code, out, err } = await doctor(['--stack', STACK, '--outputs', fileOf(stack)], all)
  expect(err).toBe('')
  expect(out.split('\n').filter((line) => /^ {2}(WRONG|unseen)/.test(line))).toEqual([])
  expect(out).toMatch(/\n0 wrong, \d\d ok\.\n$/)
  expect(code).toBe(0)
  expect(out).not.toContain('CANARY')
  expect(out).not.toContain(SELLER_CREDENTIALS.secretAccessKey)
})

test('with nothing configured it says what it could not look at, in JSON as for people, and ends with 3', async () => {
  const { code, out, err } = await doctor(['--stack', STACK, '--outputs', 'none.json', '--json'])
  expect(err).toBe('')
  const said = JSON.parse(out) as { exit: number; checks: { area: string; name: string; state: string }[] }
  expect(said.checks.map(({ area, name, state }) => `${area} ${name} ${state}`)).toEqual([
    'config seller.config.ts ok',
    'config stack outputs unseen',
    'aws account unseen',
    'aws stack unseen',
    'cloudflare Worker unseen',
    'outside reachable unseen',
  ])
  expect([code, said.exit]).toEqual([3, 3])
})
