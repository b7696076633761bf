/**
 * `npm run deploy -- --stack NAME`: the Worker into production. Checks that this Node can run TypeScript as it is, then
 * hands over to deploy/main.ts. Plain JavaScript on purpose.
 */
import { goesOn } from './own-node.mjs'

if (goesOn('npm run deploy', 'deploy', 2)) {
  try {
    await import('./deploy/main.ts')
  } catch (cause) {
    const said = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]
    console.error(`deploy: it cannot run: ${said}. Run \`npm ci\` if a package is missing.`)
    process.exitCode = 2
  }
}
