/** The packed client: installed offline into an empty project, it reports from Node to a Worker on this machine. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningWorker, startWorker } from '../bench/worker.ts'
import { ROOT } from '../support/repository.ts'

let folder: string
let worker: RunningWorker

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tollgate-client-'))
  worker = await startWorker(1)
})
afterAll(async () => {
  await worker.stop()
  rmSync(folder, { recursive: true, force: true })
})

function run(tool: string, ...args: readonly string[]): string {
  const ran = spawnSync(tool, args, { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' })
  expect([tool, ran.status, ran.status === 0 ? '' : ran.stdout + ran.stderr]).toEqual([tool, 0, ''])
  return ran.stdout
}

test('the client is packed with types and without dependencies, installs offline and reports from Node', () => {
  const tarball = run('node', join(ROOT, 'commands', 'pack-client.mjs'), '--out', folder).trim()
  writeFileSync(join(folder, 'package.json'), '{"name":"app","private":true,"type":"module"}')
  run('npm', 'install', '--offline', '--no-audit', '--no-fund', tarball)

  const installed = join(folder, 'node_modules', 'tollgate-usage')
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<
    string,
    unknown
  >
  expect([manifest['dependencies'], manifest['private']]).toEqual([undefined, undefined])
  expect(readFileSync(join(installed, 'usage.d.ts'), 'utf8')).toContain('export declare function openClient')

  const [subscription = ''] = worker.subscriptions
  writeFileSync(
    join(folder, 'report.js'),
    `import { openClient } from 'tollgate-usage'
     const client = await openClient({ url: ${JSON.stringify(`http://127.0.0.1:${worker.port}`)},
       key: ${JSON.stringify(worker.apiKey)}, onRefused: (refused) => console.log(JSON.stringify(refused)) })
     for (let at = 0; at < 2500; at += 1) client.report('${subscription}', { meter: 'api_calls', quantity: 1 })
     client.report('${subscription}', { meter: 'api_cals', quantity: 1 })
     console.log(await client.close(20000))`,
  )
  const said = run('node', 'report.js').trim().split('\n')
  expect(said.at(-1)).toBe('0')
  expect(JSON.parse(said[0] ?? '')).toMatchObject([{ code: 'unknown-meter', at: 500, subscription }])
})

test("a seller's own types are checked against the client's", () => {
  writeFileSync(
    join(folder, 'app.ts'),
    `import { openClient, type Usage } from 'tollgate-usage'
     const usage: Usage = { meter: 'api_calls', quantity: 1 }
     const client = await openClient({ url: 'https://x.example', key: 'tg_', onRefused: (list) => list.map((one) => one.code) })
     client.report('sub_', usage)
     const left: number = await client.close()
     console.log(left)`,
  )
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  const flags = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext']
  run('node', tsc, ...flags, '--lib', 'es2022,dom', 'app.ts')
})
