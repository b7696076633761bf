/** `npm start`: checks that this Node can run TypeScript as it is, then hands over to start.ts. Plain JavaScript on purpose. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major > 22 || (major === 22 && minor >= 18)) {
  await import('./start.ts')
} else {
  console.error(
    `tollgate: this is Node ${process.versions.node}, which cannot run TypeScript: use \`npm start\`, which brings ` +
      'its own Node 24 after `npm ci`, or install Node 22.18 or newer where there is none for your platform.',
  )
  process.exitCode = 1
}
