/**
 * `npm start`: checks that this Node can run TypeScript as it is, then hands over to start.ts. Plain JavaScript on
 * purpose. Whatever nobody expected ends here, in one line and exit code 1.
 */
import * as node from 'node:module'
import { fileURLToPath } from 'node:url'
import { goesOn } from './own-node.mjs'

if (goesOn('npm start', 'tollgate', 1)) {
  // What was compiled at one start is at hand at the next, for every process of it.
  process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
    new URL('../node_modules/.cache/tollgate-start', import.meta.url),
  )
  node.enableCompileCache()
  try {
    await import('./start.ts')
  } catch (cause) {
    const said = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND'
    const remedy = 'run `npm ci`, and restore the file if `git status` says that it is deleted'
    console.error(`tollgate: it cannot start: ${said}${missing ? `; ${remedy}` : ''}`)
    process.exit(1)
  }
}
