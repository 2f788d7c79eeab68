/** `--host unix:PATH`: a socket in the file system, for a proxy on the same machine. */
import { once } from 'node:events'
import { chmodSync, lstatSync, type Stats, statSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname } from 'node:path'

/** What `--host` begins with if it names a socket. */
const PREFIX = 'unix:'

/** Bytes that the address of a socket holds; what is longer would be cut off. Linux holds 107, macOS 103. */
export const MAX_SOCKET_PATH_BYTES = 103

/** The socket cannot be used; the message says what to correct. */
export class SocketError extends Error {
  override readonly name = 'SocketError'
}

/** Finds the path in `unix:PATH`. Undefined: it is a host name or an address. */
export function findSocketPath(host: string): string | undefined {
  return host.startsWith(PREFIX) ? host.slice(PREFIX.length) : undefined
}

/** Writes the path of a socket as `--host` takes it. */
export function formatSocketUrl(path: string): string {
  return `${PREFIX}${path}`
}

/**
 * Makes room for a socket: removes the file of a server that was killed, and nothing else.
 *
 * @throws {SocketError} If somebody listens there, if the file is no socket, or if its folder cannot be used.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  assertFolder(dirname(path))
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isSocket()) {
    throw new SocketError(`the file is no socket, choose another with --host: ${path}`)
  }
  const code = await findConnectFault(path)
  if (code === undefined) {
    throw new SocketError(`another server listens there, choose another with --host: ${path}`)
  }
  if (code === 'ECONNREFUSED') removeIfSame(path, found)
  else if (code !== 'ENOENT') {
    throw new SocketError(`the socket of another server cannot be asked: ${path}: ${code}`)
  }
}

/**
 * Sets the permissions of a socket: who may write it, may connect.
 *
 * @param mode - As of `chmod`, such as 0o660.
 */
export function setSocketMode(path: string, mode: number): void {
  chmodSync(path, mode)
}

function assertFolder(folder: string): void {
  if (isFolder(folder)) return
  throw new SocketError(`the folder of the socket does not exist, see --host: ${folder}`)
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** Undefined: somebody listens. */
async function findConnectFault(path: string): Promise<string | undefined> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  } finally {
    socket.destroy()
  }
}

/** Another server that starts in the same moment may have put its own there. */
function removeIfSame(path: string, { ino, ctimeMs }: Stats): void {
  const now = lstatSync(path, { throwIfNoEntry: false })
  if (now?.ino === ino && now.ctimeMs === ctimeMs) unlinkSync(path)
}
