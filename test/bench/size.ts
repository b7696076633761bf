/** How large the Worker is as it is deployed: the minified bundle, gzipped. `node test/bench/size.ts`. */
import { gzipSync } from 'node:zlib'
import { bundleWorker } from '../../commands/start/worker.ts'
import { print } from './line.ts'
import { ROOT } from './worker.ts'

/** Held by test/bundles.test.ts; the aim is 60 kB. */
const LIMIT_BYTES = 72_000

const bundle = await bundleWorker(ROOT, 'index.ts')
if (!bundle.ok) throw new Error(bundle.error)
const value = gzipSync(bundle.value, { level: 9 }).length
print({
  id: 'worker-size',
  value,
  unit: 'bytes gzip',
  ratio: value / LIMIT_BYTES,
  base: `${LIMIT_BYTES} bytes`,
  ok: value <= LIMIT_BYTES,
})
