/** Opening a port, or a socket in the file system. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { formatSocketUrl, setSocketMode } from '../base/unix-socket.ts'

/** A port of an address; 0 takes a free one. */
interface PortAddress {
  readonly port: number
  readonly host: string
}

/** A socket, and its permissions as of `chmod`. */
interface SocketAddress {
  readonly path: string
  readonly mode: number
}

/** Where to listen. */
export type ListenAddress = PortAddress | SocketAddress

/**
 * Listens, and tells where.
 *
 * @returns The URL of the server, or `unix:PATH`.
 * @throws {NodeJS.ErrnoException} If the place is taken or not allowed, or the machine has no such address.
 */
export function listen(server: Server, address: ListenAddress): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen('path' in address ? { path: address.path } : { ...address }, () => {
      server.off('error', reject)
      if (!('path' in address)) return resolve(formatUrl(server.address() as AddressInfo))
      setSocketMode(address.path, address.mode)
      resolve(formatSocketUrl(address.path))
    })
  })
}

function formatUrl({ address, port, family }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
