/** Free loopback ports for a test's own processes. */
import { randomInt } from 'node:crypto'
import { portIsFree } from '../../commands/start/ports.ts'

/**
 * Two ports free a moment ago, below those that systems give to outgoing connections: a start on the ports of an
 * earlier one finds them free again.
 */
export async function freePorts(): Promise<readonly [number, number]> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = randomInt(10_000, 16_000) * 2
    const free = await Promise.all([portIsFree(port), portIsFree(port + 1)])
    if (!free.includes(false)) return [port, port + 1]
  }
  throw new Error('no two free ports between 20000 and 32000')
}
