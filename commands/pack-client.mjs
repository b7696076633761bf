/**
 * `npm run pack-client -- [--out DIR]`: builds the usage client to JavaScript with types and packs it. Checks that this
 * Node can run TypeScript as it is, then hands over to pack-client.ts. Plain JavaScript on purpose.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major > 22 || (major === 22 && minor >= 18)) {
  try {
    await import('./pack-client.ts')
  } catch (cause) {
    const said = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]
    console.error(`pack-client: it cannot run: ${said}. Run \`npm ci\` if a package is missing.`)
    process.exitCode = 1
  }
} else {
  console.error(
    `pack-client: this is Node ${process.versions.node}, which cannot run TypeScript: run \`npm ci\`, which brings Node 24 ` +
      'for `npm run pack-client`, or install Node 22.18 or newer where there is none for your platform.',
  )
  process.exitCode = 2
}
