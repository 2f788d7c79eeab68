/** From an app to a port that listens. */
import type { Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { type AppOptions, createApp } from '../app.ts'
import type { DropReason } from '../http/connections.ts'
import { createLimitedServer } from '../http/limits.ts'
import { listen } from '../http/listen.ts'
import { createListener } from '../http/listener.ts'
import { NO_HOST } from '../http/origins.ts'
import { openAccessLog } from '../ops/log.ts'
import type { Settings } from '../settings.ts'
import { findMaxConnections } from './open-files.ts'

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

/** Makes a function that opens ports of this process, all with the same limits and one access log. */
export function createOpener(
  { host, keepAlive, accessLog, log }: Settings,
  { isClosing, onDrop }: OpenerContext,
): (port: number, app: AppOptions) => Promise<Listening> {
  // Two ports at most, and each may be full.
  const maxConnections = Math.ceil(findMaxConnections() / 2)
  const limits = { keepAliveMs: keepAlive * 1_000, maxConnections, onDrop }
  const logAccess = accessLog ? openAccessLog(log) : undefined
  return async (port, app) => {
    const listener = createListener({
      ...app,
      app: getRequestListener(createApp(app).fetch, { hostname: NO_HOST }),
      isClosing,
      ...(logAccess && { logAccess }),
    })
    const server = createLimitedServer(listener, limits)
    return { server, url: await listen(server, port, host) }
  }
}
