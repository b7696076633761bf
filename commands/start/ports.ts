/** Whether a port of this machine is free, asked before anything is started. */
import { createServer } from 'node:net'

/**
 * True when nothing listens on `port` of either loopback address: a browser may try `::1` first for `localhost`. Says
 * nothing about the next moment.
 */
export async function portIsFree(port: number): Promise<boolean> {
  const answers = await Promise.all(['127.0.0.1', '::1'].map((host) => canListen(host, port)))
  return answers.every((free) => free)
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    // A machine without IPv6 has no ::1 to be taken.
    server.once('error', (cause: NodeJS.ErrnoException) =>
      resolve(cause.code === 'EADDRNOTAVAIL' || cause.code === 'EAFNOSUPPORT'),
    )
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
