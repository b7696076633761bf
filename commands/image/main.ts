/** Builds the image: base, init, context, the tool's commands, the check of the index, the list of contents. Pushes nothing. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import config from '../../seller.config.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { findBase } from './base.ts'
import { makeContext } from './context.ts'
import { HELP, readGiven, type Given } from './given.ts'
import { findInit, type InitPin } from './init.ts'
import { checkIndex } from './index-check.ts'
import { readLayout } from './layout.ts'
import { buildSteps, chooseProduct, nextCommand, planImage, trustedKeys } from './plan.ts'
import { listContents, type Lock } from './sbom.ts'
import { findTool, runStep, shown } from './tool.ts'

const root = resolve(import.meta.dirname, '..', '..')
const given = readGiven(process.argv.slice(2))
if (!given.ok) end(2, given.error)
else if (given.value === 'help') console.log(HELP)
else {
  const built = await build(given.value)
  if (!built.ok) end(1, built.error)
}

function end(exit: 1 | 2, sentence: string): void {
  console.error(`image: ${sentence}`)
  process.exitCode = exit
}

async function build(given: Given): Promise<Result<void, string>> {
  const product = chooseProduct(config, given.product)
  if (!product.ok) return product
  const tool = given.dryRun && given.tool !== undefined ? ok(given.tool) : findTool(given.tool)
  if (!tool.ok) return tool
  const base = await findBase(join(root, 'container', 'base.json'), given, say)
  if (!base.ok) return base

  const out = resolve(given.out ?? join(root, 'dist', 'image'))
  const [context, layout, list] = [join(out, 'context'), join(out, 'layout'), join(out, 'contents.cdx.json')]
  const version = given.version ?? (read('package.json') as { version: string }).version
  const plan = planImage(config, product.value, version, lastCommit(), base.value)
  const steps = buildSteps(tool.value, plan, context, layout)
  if (given.dryRun) {
    for (const { why, command } of steps) say(`# ${why}\n${shown(command)}`)
    say(`# then, to push it\n${nextCommand(tool.value, plan, layout)}`)
    return ok(undefined)
  }

  const pin = read('container/init.json') as InitPin
  const init = await findInit(pin, plan.platforms, given.init && resolve(given.init))
  if (!init.ok) return init
  const bundles = await makeContext(root, context, trustedKeys(config, given), init.value)
  if (!bundles.ok) return bundles
  rmSync(layout, { recursive: true, force: true })
  mkdirSync(layout, { recursive: true })
  for (const step of steps) {
    say(`# ${step.why}`)
    const done = runStep(step)
    if (!done.ok) return done
  }
  const manifests = readLayout(layout)
  const wrong = checkIndex(manifests, plan.platforms)
  if (wrong.length > 0) return err(wrong.join('; '))
  const lock = read('package-lock.json') as Lock
  const contents = listContents(plan, init.value, bundles.value, lock, new Date().toISOString())
  writeFileSync(list, `${JSON.stringify(contents, null, 2)}\n`)

  for (const { platform, layers } of manifests) {
    const bytes = layers.reduce((sum, layer) => sum + layer.bytes, 0)
    say(`${platform}: ${layers.length} layers, ${Math.round(bytes / 1e6)} MB`)
  }
  say(`what is in it: ${relative(process.cwd(), list)}`)
  say(`push it, once AWS Marketplace has given you a repository:\n  ${nextCommand(tool.value, plan, layout)}`)
  return ok(undefined)
}

function say(line: string): void {
  console.log(line)
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(join(root, file), 'utf8'))
}

/** The commit, with `-dirty` where files differ, and its time; outside of a clone none, and the time now. */
function lastCommit(): { readonly id: string; readonly at: number } {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    const id = git('describe', '--always', '--dirty', '--abbrev=40', '--exclude=*')
    return { id, at: Number(git('log', '-1', '--format=%ct')) }
  } catch {
    return { id: '', at: Math.floor(Date.now() / 1_000) }
  }
}
