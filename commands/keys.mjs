/**
 * `npm run keys`: checks that this Node can run TypeScript as it is, then hands over to keys/main.ts. Plain JavaScript on
 * purpose. Whatever nobody expected ends here, in one line and exit code 1.
 */
import { goesOn } from './own-node.mjs'

if (goesOn('npm run keys', 'keys', 2)) {
  try {
    await import('./keys/main.ts')
  } catch (cause) {
    console.error(
      `keys: it cannot run: ${(cause instanceof Error ? cause.message : String(cause)).split('\n')[0]}`,
    )
    process.exitCode = 1
  }
}
