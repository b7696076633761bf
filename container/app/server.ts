/**
 * Skillsmith's skills service: what a seller's own application does to be metered. It opens a meter, serves, and hands
 * over what it counted when it is told to end. Under `tollgate run` the check was made before this file was read.
 */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { createMeter } from '../in-process.ts'
import { listenerOf } from './listener.ts'
import { STORED_BYTES } from './skills.ts'
import { openTally } from './tally.ts'
import { openUsage } from './usage.ts'

const port = Number(process.env['PORT'] ?? 3000)
const host = process.env['HOST'] ?? '0.0.0.0'

const meter = await createMeter({
  // This file closes it, once the last request is answered.
  signals: 'application',
  // Every meter is reported; this product's charges may not ask for each.
  onRefused: (refused) => {
    for (const { code, message } of refused) if (code !== 'unknown-meter') console.error(message)
  },
})
const usage = openUsage(meter, Date.now)
usage.stored(STORED_BYTES)

const server = createServer(
  listenerOf({
    usage,
    tally: openTally(),
    entitlements: () => meter.entitlements(),
    newVisitor: randomUUID,
  }),
)
server.listen(port, host)
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end())

/** No more requests are taken, those under way are answered, and what was counted is handed over. */
async function end(): Promise<void> {
  const closed = new Promise((done) => server.close(done))
  server.closeIdleConnections()
  await closed
  await meter.close()
  process.exit(0)
}
