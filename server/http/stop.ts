/** Stopping a server without cutting off anybody. */
import type { Server } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds in which a client that is at it sends its next request, and learns from the answer that it was the last. */
const LAST_REQUEST_MS = 1_000

/** Milliseconds for answers under way; container platforms kill after 10 seconds. */
const LAST_ANSWER_MS = 6_500

const CHECK_MS = 50

/**
 * Takes no new connections, answers what comes on the open ones, and returns when none is left.
 *
 * `server.close()` would close idle connections at once, and a request that is just on its way on one of them is then
 * reset. So these live on for a second: the listener marks each answer as the last of its connection.
 */
export async function stopServer(server: Server): Promise<void> {
  const ended = new Promise<true>((resolve) => {
    NetServer.prototype.close.call(server, () => resolve(true))
  })
  const startMs = performance.now()
  for (;;) {
    if (await Promise.race([ended, sleep(CHECK_MS, false)])) return
    const elapsedMs = performance.now() - startMs
    if (elapsedMs > LAST_REQUEST_MS) server.closeIdleConnections()
    if (elapsedMs > LAST_ANSWER_MS) server.closeAllConnections()
  }
}
