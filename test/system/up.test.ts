/** `npm run up`: hands everything to Pulumi's CLI and back, and puts the project's Node first for it. */
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROOT } from '../support/repository.ts'

let folder = ''

/** Stands for the CLI: says what it was given, and ends as it is told. */
const CLI = `#!${process.execPath}
const { execFileSync } = require('node:child_process')
const given = process.argv.slice(2)
if (given.includes('--wait')) {
  process.on('SIGTERM', () => process.exit(9))
  setInterval(() => undefined, 1000)
} else process.exitCode = 255
console.log(JSON.stringify({ given, node: execFileSync('node', ['-p', 'process.versions.node']).toString().trim() }))
`

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tollgate-test-'))
  writeFileSync(join(folder, 'pulumi'), CLI)
  chmodSync(join(folder, 'pulumi'), 0o755)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function up(path: string, given: readonly string[], onSaid: (kill: () => void) => void = () => undefined) {
  const child = spawn(process.execPath, [join(ROOT, 'commands/up.mjs'), ...given], { env: { PATH: path } })
  const ended = { stdout: '', stderr: '' }
  child.stderr.on('data', (part: Buffer) => (ended.stderr += part.toString()))
  child.stdout.on('data', (part: Buffer) => {
    ended.stdout += part.toString()
    onSaid(() => child.kill('SIGTERM'))
  })
  return new Promise<{ readonly exit: number | null; readonly stdout: string; readonly stderr: string }>(
    (resolve) => {
      child.once('close', (exit) => resolve({ ...ended, exit }))
    },
  )
}

test('what it is given reaches pulumi up, with the project’s Node first, and its exit code comes back', async () => {
  const ended = await up(folder, ['--stack', 'prod', '--yes'])
  expect(ended).toMatchObject({ exit: 255, stderr: '' })
  expect(JSON.parse(ended.stdout)).toEqual({
    given: ['up', '--stack', 'prod', '--yes'],
    node: process.versions.node,
  })
})

test('a signal to it ends the CLI in order', async () => {
  expect(await up(folder, ['--wait'], (kill) => kill())).toMatchObject({ exit: 9 })
})

test('without a CLI it says in one sentence how to come by one', async () => {
  expect(await up('/nowhere', [])).toEqual({
    exit: 1,
    stdout: '',
    stderr:
      'up: there is no Pulumi on your PATH: install it, https://www.pulumi.com/docs/install/, or run ' +
      '`npm run pulumi -- up` in place of `npm run up --`, which fetches its CLI once.\n',
  })
})
