/**
 * `npm run pack-container -- [--product KEY | --edge] [--out DIR]`: builds `createMeter` to one JavaScript file with types, what is
 * sold within it, and packs it; `--edge` trusts no code: for the seller's own service. Checks that this Node can run TypeScript as it is, then hands over to pack-container.ts. Plain JavaScript on purpose.
 */
import { goesOn } from './own-node.mjs'

if (goesOn('npm run pack-container', 'pack-container', 2)) {
  try {
    await import('./pack-container.ts')
  } catch (cause) {
    const said = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]
    console.error(`pack-container: it cannot run: ${said}. Run \`npm ci\` if a package is missing.`)
    process.exitCode = 1
  }
}
