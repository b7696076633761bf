/** Looks at a page as people with other screens and other needs meet it: three widths, light and dark, axe in each. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const WIDTHS = [320, 768, 1280] as const
/** With what axe looks for in it: where every rule has held in light, dark can break the two of colour only. */
const SCHEMES = [
  ['light', ''],
  ['dark', "runOnly: ['color-contrast', 'link-in-text-block']"],
] as const

/** One look: a browser window of one width, seen in both colour schemes. */
interface Look {
  readonly name: string
  readonly page: Page
}

export interface Looks {
  /**
   * What is wrong in each look once `visit` has brought its page there (see `inspect`). Looks start without cookies.
   * Empty: nothing.
   */
  findings(visit: (page: Page) => Promise<unknown>): Promise<readonly string[]>
}

/** Opens the three looks once: a page is then loaded in all of them at the same time. */
export async function openLooks(browser: Browser): Promise<Looks> {
  const looks: Look[] = []
  for (const width of WIDTHS) {
    const context = await browser.newContext({ viewport: { width, height: 800 } })
    looks.push({ name: `${width} px`, page: await context.newPage() })
  }
  return {
    async findings(visit) {
      const found = looks.map(async ({ name, page }) => {
        await page.context().clearCookies()
        await visit(page)
        return (await inspect(page)).map((finding) => `${name}, ${finding}`)
      })
      return (await Promise.all(found)).flat()
    },
  }
}

/** What is wrong with the page as it stands. A strict policy forbids a script element, not the debugger's. */
async function inspect(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE)
  const findings: string[] = []
  for (const [colorScheme, rules] of SCHEMES) {
    await page.emulateMedia({ colorScheme })
    const { violations } = await page.evaluate<AxeResults>(
      `axe.run({ resultTypes: ['violations'], ${rules} })`,
    )
    for (const { id, nodes } of violations)
      findings.push(...nodes.map(({ target }) => `${colorScheme}: ${id} at ${target.join(' ')}`))
    const over = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
    if (over > 0) findings.push(`${colorScheme}: ${over} px wider than the window`)
  }
  return findings
}
