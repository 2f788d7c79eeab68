/** Opening a port. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Listens, and tells where.
 *
 * @param port - 0 takes a free one.
 * @returns The URL of the server.
 * @throws {NodeJS.ErrnoException} If the port is taken or not allowed, or the machine has no such address.
 */
export function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve(formatUrl(server.address() as AddressInfo))
    })
  })
}

function formatUrl({ address, port, family }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
