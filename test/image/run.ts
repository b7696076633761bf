/**
 * Builds the container's image as a seller does and runs it as a buyer's cluster does, without a Docker engine:
 * `node test/image/run.ts`. Needs Linux and root (or sudo without a password); installs what is missing by apt. It never
 * skips: where it cannot run it fails. The last line is `N passed, N failed`.
 */
import { join } from 'node:path'
import { openAws } from './aws.ts'
import { makeBase, makeInit } from './base.ts'
import { checkBuilt } from './built.ts'
import { checkLives } from './lives.ts'
import { type Ground, installTools, makeGround, ROOT, whyNot } from './machine.ts'
import { openRegistry, type Registry } from './registry.ts'
import { checkRefusals } from './refusals.ts'
import type { World } from './world.ts'

let passed = 0
let failed = 0

async function check(sentence: string, see: () => Promise<void>): Promise<void> {
  try {
    await see()
    passed += 1
    console.log(`ok  ${sentence}`)
  } catch (cause) {
    failed += 1
    console.log(`FAILED  ${sentence}\n        ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

async function main(): Promise<void> {
  const cannot = whyNot() ?? installTools()
  if (cannot !== null)
    return check('the image can be built and run on this machine', () => Promise.reject(new Error(cannot)))
  const registry = await openRegistry()
  const ground = makeGround(registry.host)
  try {
    await build(ground, registry)
  } catch (cause) {
    await check('the image is built, and AWS stood in for', () => Promise.reject(cause))
  } finally {
    await ground.remove()
    registry.close()
  }
}

async function build(ground: Ground, registry: Registry): Promise<void> {
  const base = await makeBase(ground)
  registry.serve('base/node', base)
  // The base's digest is asked for, as at the first build of a seller.
  const out = join(ground.folder, 'built')
  const [name, init] = [`${registry.host}/base/node:24`, await makeInit(ground)]
  const flags = ['--tool', 'buildah', '--base', name, '--init', init, '--out', out]
  await ground.must(process.execPath, join(ROOT, 'commands', 'image.mjs'), ...flags)
  const layout = join(out, 'layout')
  registry.serve('skillsmith', layout)
  const image = `${registry.host}/skillsmith:built`
  await ground.must('podman', 'pull', '--quiet', image)
  const aws = await openAws(ground)
  try {
    const world: World = { ground, aws, layout, base, image, check }
    await checkBuilt(world)
    await checkRefusals(world)
    await checkLives(world)
  } finally {
    aws.close()
  }
}

await main()
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
