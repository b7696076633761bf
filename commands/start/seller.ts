/** Puts a projection's value where the Worker imports it: the bundle holds what the Worker may know, never the whole file. */
import type { Plugin } from 'esbuild'
import { edgeView } from '../../shared/seller/views.ts'

/** For esbuild. A mistake in `seller.config.ts` fails the bundle with the sentences of `defineSeller`. */
export const embedSeller: Plugin = {
  name: 'seller',
  setup(build) {
    build.onLoad({ filter: /[\\/]worker[\\/]seller\.ts$/ }, async () => {
      const { default: config } = await import('../../seller.config.ts')
      return { contents: `export const seller = ${JSON.stringify(edgeView(config))}`, loader: 'js' }
    })
  },
}
