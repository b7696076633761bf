/** How large the Worker is as it is deployed: the minified bundle, gzipped. `node test/bench/size.ts`. */
import { gzipSync } from 'node:zlib'
import { bundleWorker } from '../../commands/start/worker.ts'
import { WORKER_GZIP_MAX } from '../support/weight.ts'
import { print } from './line.ts'
import { ROOT } from './worker.ts'

/** What it is to weigh, and missed. */
const AIM_BYTES = 60_000

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
process.exitCode = value <= WORKER_GZIP_MAX ? 0 : 1
