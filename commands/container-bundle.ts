/**
 * The container's entries as one JavaScript file each, for the image: esbuild's bundle with the container's projection of
 * `seller.config.ts` in place of the file.
 */
import { isBuiltin } from 'node:module'
import { relative } from 'node:path'
import { build, type BuildFailure, type Plugin } from 'esbuild'
import { err, ok, type Result } from '../shared/result.ts'
import { containerView } from '../shared/seller/views.ts'
import { readSeller } from './start/seller.ts'

export interface ContainerBundle {
  /** An ES module for Node 24. */
  readonly text: string
  /** Every file that is in it, by its path from the root. */
  readonly inputs: Readonly<Record<string, unknown>>
}

export interface BundleOptions {
  /** Keys of the products whose codes it trusts; every container product if nothing is said. */
  readonly products?: readonly string[]
  /** With its line breaks and names, for stack traces in a stranger's application; else as small as it gets. */
  readonly readable?: boolean
}

/** What CommonJS packages ask for, in an ES module. */
const BANNER = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);"

/** Bundles a file of container/, such as `main.ts`. The error is one sentence with file and line, or what is wrong with the configuration. */
export async function bundleContainer(
  root: string,
  entry: string,
  options: BundleOptions = {},
): Promise<Result<ContainerBundle, string>> {
  try {
    const { outputFiles, metafile } = await build({
      absWorkingDir: root,
      entryPoints: [`container/${entry}`],
      bundle: true,
      minify: options.readable !== true,
      write: false,
      metafile: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      // The SDK's ES modules lose what nobody calls: two thirds of it, and Node's HTTP/2, which costs 10 ms to load.
      mainFields: ['module', 'main'],
      banner: { js: BANNER },
      plugins: [embedProducts(options.products), leaveOut, requireBuiltins],
      logLevel: 'silent',
    })
    return ok({ text: outputFiles[0]?.text ?? '', inputs: metafile.inputs })
  } catch (cause) {
    const first = (cause as Partial<BuildFailure>).errors?.[0]
    if (first === undefined) throw cause
    const at =
      first.location === null ? '' : ` (${relative(root, first.location.file)}:${first.location.line})`
    return err(`the container cannot be bundled: ${first.text}${at}`)
  }
}

/** The value of the projection in place of container/seller.ts. */
const embedProducts = (keys: readonly string[] | undefined): Plugin => ({
  name: 'products',
  setup(build) {
    build.onLoad({ filter: /[\\/]container[\\/]seller\.ts$/ }, async () => {
      const config = await readSeller()
      if (!config.ok) return { errors: [{ text: config.error }] }
      const { products } = config.value
      const trusted = products.filter(({ key }) => keys === undefined || keys.includes(key))
      const view = containerView({ ...config.value, products: trusted })
      return { contents: `export const seller = ${JSON.stringify(view)}`, loader: 'js' }
    })
  },
})

/** What a package asks for and the container never runs: by its name, what stands there in its place. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  // The SDK's own search: the container hands in its platform's credentials, and a node's role or a file of keys is nothing
  // it could fall back to.
  '@aws-sdk/credential-provider-node':
    'export const defaultProvider = () => () => Promise.reject(new Error("no credentials were handed in"))',
  // pino's threads and its own writer: the log hands in where a line goes.
  'thread-stream': 'module.exports = class { constructor() { throw new Error("left out") } }',
  'sonic-boom': 'module.exports = class { constructor() { throw new Error("left out") } }',
  worker_threads: 'module.exports = { isMainThread: true }',
}

const leaveOut: Plugin = {
  name: 'left-out',
  setup(build) {
    build.onResolve({ filter: /^[@a-z]/ }, ({ path, importer }) => {
      // Ours means what it says.
      const isOurs = !/[\\/]node_modules[\\/]/.test(importer)
      return isOurs || !Object.hasOwn(LEFT_OUT, path) ? undefined : { path, namespace: 'left-out' }
    })
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: LEFT_OUT[path] ?? '',
      loader: 'js',
    }))
  },
}

/**
 * Node's own modules by `require`: an `import` of node:http reads all it exports, and one of its exports loads the whole of
 * `fetch` and WebSocket, 15 ms and 6 MB that nobody uses. Seen with Node 24.21 (2026-11-21).
 */
const requireBuiltins: Plugin = {
  name: 'builtins',
  setup(build) {
    build.onResolve({ filter: /^(node:)?[a-z_]+(\/[a-z_]+)*$/ }, ({ path, kind }) => {
      if (!isBuiltin(path) || !kind.includes('import')) return undefined
      return { path: path.replace(/^(?!node:)/, 'node:'), namespace: 'builtin' }
    })
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
      loader: 'js',
    }))
  },
}
