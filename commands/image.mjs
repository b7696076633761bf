/**
 * `npm run image -- …`: builds the container's image. Checks that this Node can run TypeScript as it is, then hands over
 * to image/main.ts. Plain JavaScript on purpose.
 */
import { goesOn } from './own-node.mjs'

if (goesOn('npm run image', 'image', 2)) {
  try {
    await import('./image/main.ts')
  } catch (cause) {
    const said = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]
    console.error(`image: it cannot run: ${said}. Run \`npm ci\` if a package is missing.`)
    process.exitCode = 1
  }
}
