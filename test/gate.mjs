/**
 * `npm test`: lint with types, format and every test, each step's seconds, and at last `N passed, N failed`. Runs under any
 * Node from 20 on; the steps run under the Node the project brings. `npm test -- lint node` runs only those steps, and
 * `types` and `properties` run when they are named, as `.ci/run` does.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, relative, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')
const CACHE = join(ROOT, 'node_modules', '.cache', 'tollgate-gate')
/** Tried 40 times each by `node`, and as often as TOLLGATE_PROPERTY_RUNS says. */
const PROPERTIES = 'test/shared/ledger/ledger.test.ts'
const STEP_MAX_MS = 600_000
const LINES_SHOWN = 200
const ANSI = new RegExp(`${String.fromCodePoint(27)}\\[[\\d;]*m`, 'g')
/** A file system in memory, on Linux. */
const MEMORY = '/dev/shm'
const MEMORY_MIN_BYTES = 2 ** 31
const scratch = mkdtempSync(join(isRoomy(MEMORY) ? MEMORY : tmpdir(), 'tollgate-gate-'))
const env = {
  ...process.env,
  PATH: join(ROOT, 'node_modules', '.bin') + delimiter + process.env.PATH,
  // The tests make and delete thousands of databases.
  TMPDIR: scratch,
  NODE_COMPILE_CACHE: join(CACHE, 'compiled'),
}

/** Steps of a lane follow each other; the lanes of a stage run side by side; the system's tests have the machine alone. */
const STAGES = [
  [
    [
      { title: 'lint', run: lint },
      { title: 'format', run: format },
      { title: 'node', run: () => tests('node') },
    ],
    [{ title: 'worker', run: () => tests('worker') }],
  ],
  [[{ title: 'system', run: () => tests('system') }]],
  [
    [{ title: 'types', run: types, onlyNamed: true }],
    [{ title: 'properties', run: () => tests('node', PROPERTIES), onlyNamed: true }],
  ],
]

const total = { passed: 0, failed: 0, skipped: 0 }
const wanted = process.argv.slice(2)
const known = STAGES.flat(2).map((step) => step.title)

process.once('exit', () => rmSync(scratch, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
process.exitCode = await main()

async function main() {
  const unknown = wanted.filter((name) => !known.includes(name))
  if (unknown.length > 0) return refuse(`There is no step ${unknown[0]}: use ${known.join(', ')}.`)
  const version =
    spawnSync('node', ['-p', 'process.versions.node'], { env, encoding: 'utf8' }).stdout?.trim() ?? ''
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < 22 || (major === 22 && minor < 18)) {
    return refuse(
      `The tests need Node 22.18 or newer and found ${version || 'none'}: run npm ci, which brings Node 24.`,
    )
  }

  for (const lanes of STAGES) await Promise.all(lanes.map(runLane))
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`)
  return total.failed > 0 ? 1 : 0
}

function isRoomy(folder) {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize > MEMORY_MIN_BYTES
  } catch {
    return false
  }
}

function refuse(sentence) {
  console.error(sentence)
  return 2
}

async function runLane(steps) {
  for (const step of steps) {
    if (wanted.length > 0 ? !wanted.includes(step.title) : step.onlyNamed) continue
    const started = performance.now()
    const { passed, failed, skipped, output } = await step.run()
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    if (failed > 0) console.log(readable(output))
    // Each file that has to do without one says so.
    for (const line of new Set(output.replaceAll(ANSI, '').split('\n')))
      if (failed === 0 && /^no (browser|pulumi)/.test(line)) console.log(line)
    const counts = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
    console.log(
      `${failed > 0 ? 'FAILED' : 'ok    '} ${step.title.padEnd(10)} ${seconds.padStart(6)} s  ${counts}`,
    )
    total.passed += passed
    total.failed += failed
    total.skipped += skipped
  }
}

/** Without colours, and when it is long its beginning and its end. */
function readable(output) {
  const lines = output.replaceAll(ANSI, '').trimEnd().split('\n')
  if (lines.length <= 2 * LINES_SHOWN) return lines.join('\n')
  const left = lines.length - 2 * LINES_SHOWN
  return [...lines.slice(0, LINES_SHOWN), `… ${left} lines left out …`, ...lines.slice(-LINES_SHOWN)].join(
    '\n',
  )
}

/** TypeScript 6's own word on what `lint` has checked. Each folder with a tsconfig.json is a room of its own. */
async function types() {
  const rooms = readdirSync(ROOT, { recursive: true })
    .filter((path) => /(^|[\\/])tsconfig\.json$/.test(path) && !path.includes('node_modules'))
    .map((path) => relative(ROOT, join(ROOT, path, '..')))
    .filter((room) => room !== '')
  const outcomes = []
  for (const room of rooms) {
    // What did not change since the last run is not checked again.
    const memory = join(CACHE, `types-${room.replaceAll(/[\\/]/g, '-')}.json`)
    const kept = ['--incremental', '--tsBuildInfoFile', memory]
    outcomes.push(await runTool('tsc', ['-p', room, '--pretty', 'false', ...kept]))
  }
  return oneOutcome(outcomes)
}

/** The rules and, in the same pass, all that the compiler says: the native one, which oxlint-tsgolint brings. */
async function lint() {
  return oneOutcome([await runTool('oxlint', ['--type-aware', '--type-check', '--deny-warnings'])])
}

async function format() {
  const outcome = await runTool('oxfmt', ['--check'])
  return oneOutcome([
    outcome.ok ? outcome : { ...outcome, output: `${outcome.output}\nRun npm run format.\n` },
  ])
}

function oneOutcome(outcomes) {
  const ok = outcomes.every((outcome) => outcome.ok)
  return {
    passed: ok ? 1 : 0,
    failed: ok ? 0 : 1,
    skipped: 0,
    output: outcomes.map((outcome) => outcome.output).join(''),
  }
}

/** A project of vitest.config.ts. A file that does not load, or an error outside of any test, counts as a failure. */
async function tests(project, ...paths) {
  const report = join(scratch, `${project}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const { ok, output } = await runTool('vitest', ['run', '--project', project, ...reporters, ...paths])
  const files = readReport(report)
  const all = files.flatMap((file) => file.assertionResults)
  const count = (...states) => all.filter((one) => states.includes(one.status)).length
  const unloaded = files.filter(isUnloaded).length
  const failed = count('failed') + unloaded
  return {
    passed: count('passed'),
    failed: failed === 0 && !ok ? 1 : failed,
    skipped: count('pending', 'skipped', 'todo', 'disabled'),
    output,
  }
}

/** A file that failed without any of its tests failing. */
function isUnloaded(file) {
  return file.status === 'failed' && file.assertionResults.every((one) => one.status !== 'failed')
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).testResults
  } catch {
    return []
  }
}

/** Runs a tool of node_modules/.bin to its end, its output kept for when it fails. */
function runTool(tool, args) {
  return new Promise((done) => {
    const child = spawn(tool, args, {
      cwd: ROOT,
      env,
      timeout: STEP_MAX_MS,
      shell: process.platform === 'win32',
    })
    let output = ''
    child.stdout.on('data', (part) => (output += part))
    child.stderr.on('data', (part) => (output += part))
    child.once('error', (cause) =>
      done({ ok: false, output: `${tool} does not start (${cause.message}): run npm ci.\n` }),
    )
    child.once('close', (code, signal) => {
      const late = signal === null ? '' : `${tool} was ended by ${signal}.\n`
      done({ ok: code === 0, output: output + late })
    })
  })
}
