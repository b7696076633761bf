/** Writes every file a buyer is given: `node container/buyer/main.ts [--out DIR]`; `npm run buyer` runs it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import config from '../../seller.config.ts'
import { artefacts } from './artefacts.ts'

const root = resolve(import.meta.dirname, '..', '..')
const { values } = parseArgs({
  options: { out: { type: 'string', default: join(root, 'docs', 'buyer') }, version: { type: 'string' } },
})
const manifest: { readonly version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

for (const [path, text] of Object.entries(artefacts(config, values.version ?? manifest.version))) {
  const file = join(resolve(values.out), path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  console.log(relative(process.cwd(), file))
}
