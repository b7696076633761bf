/** What `npm start` refuses: each time one clear line, an exit code that is not 0, and nothing left behind. Black box. */
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { portIsFree } from '../../commands/start/ports.ts'
import { freePorts } from '../support/ports.ts'
import { runningIn } from '../support/processes.ts'
import { newFolder, ROOT, type Start, startInVain, startSystem } from '../support/system.ts'

let made: string[] = []

afterEach(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
  made = []
})

function folder(): string {
  const state = newFolder()
  made.push(join(state, '..'))
  return state
}

async function expectRefusal(start: Start, line: RegExp): Promise<void> {
  const state = start.folder ?? folder()
  const ports = start.ports ?? (await freePorts())
  const { code, output } = await startInVain({ ...start, folder: state, ports })
  expect(output.trim().split('\n')).toHaveLength(1)
  expect(output).toMatch(line)
  expect(code).toBe(1)
  await expect.poll(() => runningIn(state), { timeout: 5_000, interval: 10 }).toEqual([])
}

test.each([0, 1] as const)(
  'a taken port is named with the flag that chooses another (port %i)',
  async (which) => {
    const ports = await freePorts()
    const other = createServer()
    await new Promise<void>((listening) => other.listen(ports[which], '127.0.0.1', () => listening()))
    const flag = which === 0 ? '--storefront-port' : '--landing-port'
    await expectRefusal({ ports }, new RegExp(`port ${ports[which]} is taken: .*${flag}`))
    expect(await portIsFree(ports[1 - which] ?? 0)).toBe(true)
    await new Promise((closed) => other.close(closed))
  },
)

test('a second start on one state folder is refused, and the first goes on', async () => {
  const first = await startSystem({ folder: folder() })
  const second = await startInVain({ folder: first.folder })
  expect(second).toEqual({
    code: 1,
    output: expect.stringMatching(/^tollgate: .* is in use by another `npm start`: .*\n$/),
  })
  expect((await fetch(`${first.landing}/health`)).status).toBe(200)
  expect(await first.stop()).toBe(0)
})

test('a folder with files that are not ours is refused and kept, also with --fresh', async () => {
  const foreign = folder()
  mkdirSync(foreign, { recursive: true })
  writeFileSync(join(foreign, 'thesis.txt'), 'three years of work')
  await expectRefusal({ folder: foreign, flags: ['--fresh'] }, /holds files that are not Tollgate's/)
  expect(existsSync(join(foreign, 'thesis.txt'))).toBe(true)
})

test('a path that is a file is refused', async () => {
  const path = folder()
  writeFileSync(path, '')
  await expectRefusal({ folder: path }, /cannot be used as state folder/)
})

test.each([
  [['--landing-port=99999'], /--landing-port takes a port from 1 to 65535, not "99999"/],
  [['--storefront-port=x'], /--storefront-port takes a port from 1 to 65535, not "x"/],
  [
    ['--webhook-url=http://app.example/hooks'],
    /--webhook-url takes an http address of this machine or an https one, not "http:\/\/app\.example\/hooks"/,
  ],
  [['--frehs'], /Unknown option '--frehs'.*--help/],
])('the flag %s is refused by name', async (flags, line) => {
  await expectRefusal({ flags }, line)
})

test.each<[string, (copy: string) => void, RegExp]>([
  [
    'a Worker that cannot be bundled',
    (copy) => appendFileSync(join(copy, 'worker', 'index.dev.ts'), "\nimport './nowhere.ts'\n"),
    /the Worker cannot be bundled: Could not resolve "\.\/nowhere\.ts" \(worker\/index\.dev\.ts:\d+\)/,
  ],
  [
    'a Worker that throws when it starts',
    (copy) => appendFileSync(join(copy, 'worker', 'index.dev.ts'), "\nthrow new Error('not today')\n"),
    /the Worker does not start: .*/,
  ],
  [
    'a migration that fails',
    (copy) => writeFileSync(join(copy, 'worker', 'db', 'migrations', '9999_bad.sql'), 'CREATE TABLE ('),
    /the migration 9999_bad\.sql failed/,
  ],
  [
    'a missing worker/wrangler.jsonc',
    (copy) => rmSync(join(copy, 'worker', 'wrangler.jsonc')),
    /worker\/wrangler\.jsonc cannot be read/,
  ],
  [
    'a missing Worker',
    (copy) => rmSync(join(copy, 'worker', 'index.dev.ts')),
    /the Worker cannot be bundled: Could not resolve ".*worker\/index\.dev\.ts"/,
  ],
  [
    'a missing folder of migrations',
    (copy) => rmSync(join(copy, 'worker', 'db', 'migrations'), { recursive: true }),
    /the migrations cannot be read \(ENOENT: .*worker\/db\/migrations'\): restore the folder/,
  ],
  [
    'a missing start.ts',
    (copy) => rmSync(join(copy, 'commands', 'start.ts')),
    /^tollgate: it cannot start: Cannot find module .*commands\/start\.ts.*; run `npm ci`/,
  ],
  [
    'a missing engine',
    (copy) => rmSync(join(copy, 'commands', 'engine.ts')),
    /the engine ended by itself \(exit 1: Error: Cannot find module .*commands\/engine\.ts'; run `npm ci`/,
  ],
  [
    'a package that is not installed',
    (copy) => {
      const file = join(copy, 'commands', 'engine.ts')
      writeFileSync(
        file,
        readFileSync(file, 'utf8').replace("from 'miniflare'", "from 'miniflare-of-tomorrow'"),
      )
    },
    /the engine ended by itself \(exit 1: .*Cannot find package 'miniflare-of-tomorrow'.*; run `npm ci`/,
  ],
  [
    'a missing seller.config.ts',
    (copy) => rmSync(join(copy, 'seller.config.ts')),
    /^tollgate: seller\.config\.ts cannot be read: Cannot find module .*\. Correct it or restore it/,
  ],
  [
    'a seller.config.ts that is no TypeScript',
    (copy) => writeFileSync(join(copy, 'seller.config.ts'), 'export default {\n  seller: {{\n}\n'),
    /^tollgate: seller\.config\.ts cannot be read \(line 2\): Unexpected token.*\. Correct it or restore it/,
  ],
  [
    'a missing simulator',
    (copy) => rmSync(join(copy, 'simulator', 'main.ts')),
    /the simulator ended by itself \(exit 1: Error: Cannot find module .*simulator\/main\.ts/,
  ],
  [
    'a simulator that crashes',
    (copy) => writeFileSync(join(copy, 'simulator', 'main.ts'), "throw new Error('out of stock')\n"),
    /the simulator ended by itself \(exit 1: Error: out of stock/,
  ],
])('%s is one clear line', async (_, spoil, line) => {
  const copy = copyOfProject()
  spoil(copy)
  const ports = await freePorts()
  await expectRefusal({ root: copy, ports }, line)
  expect(await Promise.all(ports.map(portIsFree))).toEqual([true, true])
})

test('every mistake of seller.config.ts is named with its field, and nothing is started', async () => {
  const copy = copyOfProject()
  const file = join(copy, 'seller.config.ts')
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll("price: '0.10'", "price: 'ten cents'"))
  const state = folder()
  const { code, output } = await startInVain({ root: copy, folder: state })
  expect(code).toBe(1)
  expect(output).toMatch(
    /^tollgate: seller\.config\.ts .*products\[0\]\.dimensions\[2\]\.price: got 'ten cents'\./s,
  )
  expect(existsSync(state)).toBe(false)
})

const old = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"22.17.1"})'

test('a Node that cannot run TypeScript has the one that npm ci brought go on in its place, with its exit code', () => {
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, ['--import', old, join(ROOT, 'commands', 'start.mjs'), ...args], {
      encoding: 'utf8',
    })
  expect(run('--help')).toMatchObject({
    status: 0,
    stderr: '',
    stdout: expect.stringContaining('npm start --'),
  })
  expect(run('--nonsense')).toMatchObject({ status: 1, stderr: expect.stringContaining('--nonsense') })
})

test('a Node that cannot run TypeScript, where none was brought, is told so in one sentence', () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', old, join(ROOT, 'commands', 'start.mjs')],
    {
      encoding: 'utf8',
      env: { ...process.env, TOLLGATE_BROUGHT_NODE: '1' },
    },
  )
  expect(status).toBe(1)
  expect(stderr).toMatch(
    /^tollgate: this is Node 22\.17\.1, which cannot run TypeScript: .*22\.18 or newer.*\n$/,
  )
})

test('--help lists every flag and starts nothing', () => {
  const { status, stdout } = spawnSync(process.execPath, [join(ROOT, 'commands', 'start.mjs'), '--help'], {
    encoding: 'utf8',
  })
  expect(status).toBe(0)
  for (const flag of [
    '--fresh',
    '--state',
    '--storefront-port',
    '--landing-port',
    '--webhook-url',
    '--help',
  ]) {
    expect(stdout).toContain(flag)
  }
})

/** The project without its history, sharing the installed packages. */
function copyOfProject(): string {
  const copy = mkdtempSync(join(tmpdir(), 'tollgate-copy-'))
  made.push(copy)
  for (const name of [
    'commands',
    'shared',
    'simulator',
    'worker',
    'seller.config.ts',
    'package.json',
    'tsconfig.json',
  ])
    if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(copy, name), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  return copy
}
