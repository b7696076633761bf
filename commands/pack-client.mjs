/**
 * `npm run pack-client -- [--out DIR]`: builds the usage client to JavaScript with types and packs it. Checks that this
 * Node can run TypeScript as it is, then hands over to pack-client.ts. Plain JavaScript on purpose.
 */
import { goesOn } from './own-node.mjs'

if (goesOn('npm run pack-client', 'pack-client', 2)) {
  try {
    await import('./pack-client.ts')
  } catch (cause) {
    const said = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]
    console.error(`pack-client: it cannot run: ${said}. Run \`npm ci\` if a package is missing.`)
    process.exitCode = 1
  }
}
