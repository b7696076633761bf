/** How large the Worker is as it is deployed: the minified bundle, gzipped. `node test/bench/size.ts`. */
import { gzipSync } from 'node:zlib'
import { bundleWorker } from '../../commands/start/worker.ts'
import { print } from './line.ts'
import { ROOT } from './worker.ts'

/** What it is to weigh, and missed; and what test/bundles.test.ts lets it weigh. */
const AIM_BYTES = 60_000
const BOUND_BYTES = 120_000

const bundle = await bundleWorker(ROOT, 'index.ts')
if (!bundle.ok) throw new Error(bundle.error)
const value = gzipSync(bundle.value, { level: 9 }).length
print({
  id: 'worker-size',
  value,
  unit: 'bytes gzip',
  ratio: value / AIM_BYTES,
  base: `${AIM_BYTES} bytes`,
  ok: value <= AIM_BYTES,
})
process.exitCode = value <= BOUND_BYTES ? 0 : 1
