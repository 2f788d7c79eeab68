/** From an app to a port that listens. */
import type { Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { type AppOptions, createApp } from '../app.ts'
import { findSocketPath } from '../base/unix-socket.ts'
import type { DropReason } from '../http/connections.ts'
import { createLimitedServer } from '../http/limits.ts'
import { type ListenAddress, listen } from '../http/listen.ts'
import { createListener } from '../http/listener.ts'
import { NO_HOST } from '../http/origins.ts'
import { openAccessLog } from '../ops/log.ts'
import type { Settings } from '../settings.ts'
import { findMaxConnections } from './open-files.ts'

/** Of a socket: the user and the group of the server connect. */
const USUAL_MODE = '660'

/** Where the pages' own port is, if `--host` is a socket. */
const LOOPBACK = '127.0.0.1'

/** A server, and where it listens. */
export interface Listening {
  readonly server: Server
  readonly url: string
}

/** State and counters of the process. */
interface OpenerContext {
  readonly isClosing: () => boolean
  readonly onDrop: (reason: DropReason) => void
}

/**
 * Makes a function that opens the places where this process listens, all with the same limits and one access log.
 *
 * Of the places, `main` is the one that visitors ask.
 */
export function createOpener(
  settings: Settings,
  { isClosing, onDrop }: OpenerContext,
): (place: 'main' | 'pages', app: AppOptions) => Promise<Listening> {
  const { keepAlive, accessLog, log } = settings
  // Two ports at most, and each may be full.
  const maxConnections = Math.ceil(findMaxConnections() / 2)
  const limits = { keepAliveMs: keepAlive * 1_000, maxConnections, onDrop }
  const logAccess = accessLog ? openAccessLog(log) : undefined
  return async (place, app) => {
    const listener = createListener({
      ...app,
      app: getRequestListener(createApp(app).fetch, { hostname: NO_HOST }),
      isClosing,
      ...(logAccess && { logAccess }),
    })
    const server = createLimitedServer(listener, limits)
    return { server, url: await listen(server, findAddress(settings, place)) }
  }
}

function findAddress(
  { host, port, socketMode = USUAL_MODE, explorerPort = 0 }: Settings,
  place: 'main' | 'pages',
): ListenAddress {
  const path = findSocketPath(host)
  if (place === 'pages') return { port: explorerPort, host: path === undefined ? host : LOOPBACK }
  return path === undefined ? { port, host } : { path, mode: Number.parseInt(socketMode, 8) }
}
