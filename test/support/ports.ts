/** Free loopback ports for a test's own processes. */
import { createServer, type AddressInfo } from 'node:net'

/** Two ports free a moment ago. Taken together, so that they differ. */
export async function freePorts(): Promise<readonly [number, number]> {
  const servers = await Promise.all([listen(), listen()])
  const [a, b] = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))))
  return [a ?? 0, b ?? 0]
}

function listen() {
  const server = createServer()
  return new Promise<typeof server>((listening) => {
    server.listen(0, '127.0.0.1', () => listening(server))
  })
}
