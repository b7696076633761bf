/** `seller.config.ts` as `npm start` meets it: read once for its mistakes, and put into the Worker's bundle as a projection. */
import type { Plugin } from 'esbuild'
import { err, ok, type Result } from '../../shared/result.ts'
import { edgeView } from '../../shared/seller/views.ts'
import type { SellerConfig } from '../../shared/seller.ts'

/** The configuration, or every mistake in it, one line each. */
export async function readSeller(): Promise<Result<SellerConfig, string>> {
  try {
    const { default: config } = await import('../../seller.config.ts')
    return ok(config)
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    if (said.startsWith('seller.config.ts')) return err(said)
    // Of a syntax error Node names the place only where the stack begins.
    const line = /seller\.config\.ts:(\d+)\n/.exec(cause instanceof Error ? (cause.stack ?? '') : '')?.[1]
    const place = line === undefined ? '' : ` (line ${line})`
    return err(`seller.config.ts cannot be read${place}: ${said}. Correct it or restore it, and start again`)
  }
}

/** For esbuild: the value of the projection in place of worker/seller.ts, so that the bundle never holds the whole file. */
export const embedSeller: Plugin = {
  name: 'seller',
  setup(build) {
    build.onLoad({ filter: /[\\/]worker[\\/]seller\.ts$/ }, async () => {
      const config = await readSeller()
      if (!config.ok) return { errors: [{ text: config.error }] }
      return { contents: `export const seller = ${JSON.stringify(edgeView(config.value))}`, loader: 'js' }
    })
  },
}
