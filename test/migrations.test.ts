/** D1's migrations only ever add: the version before reads and writes what they leave (G.2 fault 28, expand and contract). */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const FOLDER = new URL('../worker/db/migrations/', import.meta.url)

/** The first lays the tables; the second is of indexes alone. */
const [, ...later] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.sql'))
  .sort()

const statementsOf = (name: string): string[] =>
  readFileSync(new URL(name, FOLDER), 'utf8')
    .split('--> statement-breakpoint')
    .flatMap((part) => part.split(/;\s*(?:\n|$)/))
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')

/** What a version that knows nothing of it never meets, or meets as a default. */
const ADDS = [
  /^CREATE TABLE `/,
  /^(?:CREATE|DROP) INDEX `/,
  // Of a table that is as new as its index.
  /^CREATE UNIQUE INDEX `/,
  /^ALTER TABLE `\w+` ADD `\w+` \w+(?: DEFAULT [^ ]+ NOT NULL)?(?: REFERENCES [^ ]+)?$/,
]

test.each(later)('%s takes nothing away, and asks nothing of rows that an earlier version writes', (name) => {
  const statements = statementsOf(name)
  expect(statements.length).toBeGreaterThan(0)
  expect(statements.filter((statement) => !ADDS.some((adds) => adds.test(statement)))).toEqual([])
  const made = statements.flatMap((statement) => /^CREATE TABLE `(\w+)`/.exec(statement)?.[1] ?? [])
  const unique = statements.flatMap(
    (statement) => /^CREATE UNIQUE INDEX .* ON `(\w+)`/.exec(statement)?.[1] ?? [],
  )
  expect(unique.filter((table) => !made.includes(table))).toEqual([])
})
