/** A container's process for tests: the development entry with a seller of the test's own, and wall time that may run faster. */
import { runInDevelopment } from '../../container/dev-entry.ts'
import { realPause } from '../../container/real-time.ts'
import type { ContainerView } from '../../shared/seller/views.ts'

const view = JSON.parse(process.env['TEST_VIEW'] ?? '{}') as ContainerView
const speed = Number(process.env['TEST_SPEED'] ?? 1)
const began = Date.now()
const faster = {
  steadyMs: () => performance.now() * speed,
  wall: () => began + (Date.now() - began) * speed,
  pause: (ms: number, signal?: AbortSignal) => realPause(ms / speed, signal),
}
process.exit(await runInDevelopment(process, view, faster))
