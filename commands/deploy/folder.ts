/** The folder that wrangler is given: the bundled Worker and its configuration, written anew each time. Holds no secret. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { ENTRY, wranglerConfig } from './config.ts'
import type { Work } from './work.ts'

export function writeFolder(
  { folder, migrationsFolder, config }: Pick<Work, 'folder' | 'migrationsFolder' | 'config'>,
  parts: Omit<Parameters<typeof wranglerConfig>[1], 'migrations'>,
  script: string,
): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const migrations = relative(folder, migrationsFolder).replaceAll(sep, '/')
  writeFileSync(join(folder, ENTRY), script)
  writeFileSync(
    join(folder, 'wrangler.json'),
    `${JSON.stringify(wranglerConfig(config, { ...parts, migrations }), null, 2)}\n`,
  )
}
