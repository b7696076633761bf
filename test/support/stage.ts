/** What a browser test stands on: a running system and a browser, opened before its tests and closed after them. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, test } from 'vitest'
import { findBrowser, launchBrowser } from './browser.ts'
import { removeFolder, startSystem, type System } from './system.ts'

export interface Stage {
  /** Both only inside tests. */
  readonly system: System
  readonly browser: Browser
  /** `test`, counted as skipped where there is no browser. */
  readonly inBrowser: typeof test
}

/** Opens the stage for the tests of the calling file; `then` runs when it stands. */
export async function openStage(
  then: (stage: Stage) => Promise<void> = async () => undefined,
): Promise<Stage> {
  const found = await findBrowser()
  let system: System | undefined
  let browser: Browser | undefined
  const standing = <T>(what: T | undefined): T => {
    if (what === undefined) throw new Error('the stage does not stand yet')
    return what
  }
  const stage: Stage = {
    get system() {
      return standing(system)
    },
    get browser() {
      return standing(browser)
    },
    inBrowser: found === undefined ? (test.skip as typeof test) : test,
  }

  beforeAll(async () => {
    if (found === undefined) return
    system = await startSystem()
    browser = await launchBrowser(found)
    await then(stage)
  })
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
    if (system !== undefined) removeFolder(system.folder)
  })
  return stage
}
