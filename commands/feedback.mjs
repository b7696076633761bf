/**
 * `npm run feedback`: checks that this Node can run TypeScript as it is, then hands over to feedback/main.ts. Plain
 * JavaScript on purpose. Whatever nobody expected ends here, in one line and exit code 1.
 */
import { goesOn } from './own-node.mjs'

if (goesOn('npm run feedback', 'feedback', 2)) {
  try {
    await import('./feedback/main.ts')
  } catch (cause) {
    const said = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND'
    const remedy = 'run `npm ci`, and restore the file if `git status` says that it is deleted'
    console.error(`feedback: it cannot run: ${said}${missing ? `; ${remedy}` : ''}`)
    process.exitCode = 1
  }
}
