/**
 * What `pulumi up` runs, in the Node of the user's shell. Plain JavaScript without an import of ours above the check, so
 * that a Node which cannot run TypeScript gets as far as saying so.
 */
import pulumi from '@pulumi/pulumi'

// Pulumi's runner reads the source map of each file of the providers for the traces it keeps of every resource: 120 MB and
// half a second. Our own TypeScript runs line by line as it was written.
Error.prepareStackTrace = undefined

export default async function tollgate() {
  if (!process.features.typescript) {
    throw new pulumi.RunError(
      `This is Node ${process.versions.node}, which cannot run TypeScript: run \`npm run up\` in place of \`pulumi up\`, ` +
        'which brings Node 24, or put Node 22.18 or newer first on your PATH.',
    )
  }
  const { program } = await import('./index.ts').catch(sayWhatIsSold)
  return program()
}

/** A mistake in seller.config.ts is the seller's to mend: told as it stands, without a trace of ours. */
function sayWhatIsSold(cause) {
  if (cause instanceof Error && cause.message.startsWith('seller.config.ts ')) {
    throw new pulumi.RunError(cause.message)
  }
  throw cause
}
