/**
 * What the documentation says of the stack, from its plan, the price list and Pulumi.yaml: docs/stack.md whole, the last part
 * of docs/cost.md, the table of config in docs/deploy.md. `node test/infra/pages.ts --write` writes them, in a few seconds.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, textOf } from '../support/repository.ts'
import { configTable } from './config-table.ts'
import { drawnStacks, type Stacks } from './drawn.ts'
import { IDLE_HEADING, idleSection } from './idle-cost.ts'
import { stackPage } from './stack-page.ts'

const STACK = 'docs/stack.md'
const COST = 'docs/cost.md'
const DEPLOY = 'docs/deploy.md'

/** The head of the table, and its rows. */
const CONFIG_TABLE = /^\| key \| type \|.*\n(\|.*\n)*/m
/** What test/bench/cost.ts counted for a million records: rows written. */
const RECORDS_ROW = /^\| records, [^|]*\| *([\d,]+) \|/m

if (process.argv[1] === import.meta.filename && process.argv.includes('--write'))
  for (const [file, text] of Object.entries(await stackPages())) writeFileSync(join(ROOT, file), text)

/** Each page's text as it has to be, by file. */
export async function stackPages(): Promise<Readonly<Record<string, string>>> {
  const stacks = await drawnStacks()
  return {
    [STACK]: stackPage(stacks.full),
    [COST]: withIdle(textOf(COST), stacks),
    [DEPLOY]: textOf(DEPLOY).replace(CONFIG_TABLE, `${configTable()}\n`),
  }
}

/** docs/cost.md with its last part as it has to be; test/bench/cost.ts writes what stands above it. */
export const withIdleStack = async (counted: string): Promise<string> =>
  withIdle(counted, await drawnStacks())

function withIdle(page: string, { least, full }: Stacks): string {
  const [counted = ''] = page.split(IDLE_HEADING)
  return `${counted.trimEnd()}\n\n${idleSection(least, full, rowsARecord(counted))}`
}

function rowsARecord(page: string): number {
  const [, count] = RECORDS_ROW.exec(page) ?? []
  if (count === undefined)
    throw new Error(`${COST} has no row of records: run node test/bench/cost.ts --write`)
  return Number(count.replaceAll(',', '')) / 1e6
}
