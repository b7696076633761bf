/**
 * Breaks the money path on purpose, one line at a time in a copy of the tree, and asks a check to notice. Each breakage
 * that no check catches is a failure. `node test/breakages/run.ts [words of a name]`; the last line is `N passed, N failed`.
 */
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { type Breakage, type Check, CHECKS } from './breakage.ts'
import { BREAKAGES } from './list.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** A check that a breakage keeps from ending counts as caught: something that never ends is noticed. */
const CHECK_MAX_MS = 120_000
const SANDBOXES = Math.max(1, Math.min(2, availableParallelism()))

const wanted = process.argv.slice(2).join(' ')
const chosen = BREAKAGES.filter(({ name }) => name.includes(wanted))
const sandboxes = Array.from({ length: SANDBOXES }, makeSandbox)
let failed = 0

try {
  // Unbroken, every check passes: else it would catch anything.
  const used = Map.groupBy(chosen, ({ caughtBy }) => caughtBy)
  await inTurn([...used], async ([check, breakages], sandbox) => {
    const { passed, output } = await run(checkOf(check, breakages), sandbox)
    if (!passed) report(false, `${check}: passes while nothing is broken`, output)
  })
  await inTurn(chosen, tryBreakage)
} finally {
  for (const sandbox of sandboxes) rmSync(sandbox, { recursive: true, force: true })
}
console.log(`${chosen.length - Math.min(failed, chosen.length)} passed, ${failed} failed`)
process.exitCode = failed > 0 || chosen.length === 0 ? 1 : 0

/** Applies one breakage, runs the check that has to fail, and puts the file back. */
async function tryBreakage(breakage: Breakage, sandbox: string): Promise<void> {
  const path = join(sandbox, breakage.file)
  const whole = readFileSync(path, 'utf8')
  const places = whole.split(breakage.line).length - 1
  if (places !== 1) {
    report(false, breakage.name, `${breakage.file} has ${places} places like: ${breakage.line}`)
    return
  }
  writeFileSync(
    path,
    whole.replace(breakage.line, () => breakage.becomes),
  )
  const started = performance.now()
  const { passed } = await run(checkOf(breakage.caughtBy, [breakage]), sandbox)
  writeFileSync(path, whole)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  report(!passed, `${breakage.name} (${breakage.caughtBy}, ${seconds} s)`, 'no check noticed it')
}

/** The check, cut down to the tests that these breakages name; whole when one of them names none. */
function checkOf(check: keyof typeof CHECKS, breakages: readonly Breakage[]): Check {
  const names = breakages.flatMap(({ noticedBy }) => (noticedBy === undefined ? [] : [noticedBy]))
  const whole = names.length < breakages.length
  return whole ? CHECKS[check] : [...CHECKS[check], '-t', names.map(literal).join('|')]
}

/** Words as a pattern that matches just them. */
function literal(words: string): string {
  return words.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')
}

function report(ok: boolean, name: string, why: string): void {
  console.log(`${ok ? 'caught' : 'MISSED'} ${name}${ok ? '' : `\n       ${why}`}`)
  if (!ok) failed += 1
}

/** True when the check ends well. */
function run(check: Check, cwd: string): Promise<{ passed: boolean; output: string }> {
  const [command = 'node', ...args] = check
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: CHECK_MAX_MS,
      env: {
        ...process.env,
        PATH: `${join(ROOT, 'node_modules', '.bin')}:${process.env.PATH}`,
        TOLLGATE_PROPERTY_RUNS: '150',
        // The same tools start again and again.
        NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'tollgate-breakages'),
      },
    })
    let output = ''
    child.stdout.on('data', (part) => (output += part))
    child.stderr.on('data', (part) => (output += part))
    child.once('error', (cause) => done({ passed: false, output: cause.message }))
    child.once('close', (code) => done({ passed: code === 0, output: output.slice(-2_000) }))
  })
}

/** Works through a list, one item a sandbox at a time. */
async function inTurn<T>(
  items: readonly T[],
  work: (item: T, sandbox: string) => Promise<void>,
): Promise<void> {
  const left = [...items]
  await Promise.all(
    sandboxes.map(async (sandbox) => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item, sandbox)
    }),
  )
}

/** The files under version control, copied; the libraries are shared. */
function makeSandbox(): string {
  const sandbox = mkdtempSync(join(tmpdir(), 'tollgate-breakage-'))
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0')
  for (const file of files.filter(Boolean)) {
    mkdirSync(dirname(join(sandbox, file)), { recursive: true })
    cpSync(join(ROOT, file), join(sandbox, file))
  }
  symlinkSync(join(ROOT, 'node_modules'), join(sandbox, 'node_modules'), 'dir')
  return sandbox
}
