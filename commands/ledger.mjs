/**
 * `npm run ledger`: checks that this Node can run TypeScript as it is, then hands over to ledger/main.ts. Plain JavaScript
 * on purpose. Whatever nobody expected ends here, in one line and exit code 1.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major > 22 || (major === 22 && minor >= 18)) {
  try {
    await import('./ledger/main.ts')
  } catch (cause) {
    const said = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND'
    const remedy = 'run `npm ci`, and restore the file if `git status` says that it is deleted'
    console.error(`ledger: it cannot run: ${said}${missing ? `; ${remedy}` : ''}`)
    process.exitCode = 1
  }
} else {
  console.error(
    `ledger: this is Node ${process.versions.node}, which cannot run TypeScript: run \`npm ci\`, which brings Node 24 ` +
      'for `npm run ledger`, or install Node 22.18 or newer where there is none for your platform.',
  )
  process.exitCode = 2
}
