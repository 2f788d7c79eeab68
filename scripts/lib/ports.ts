import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below those that a system gives to outgoing connections (Linux: from 32768 on). A port from among them can be taken by
 * any connection while its program is down; one that asks for this very port again and again may even reach itself.
 */
const LEAST = 10_000
const END = 32_768

const given = new Set<number>()

/** Finds a port that is free now, for programs that cannot choose one themselves. Gives none twice. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LEAST, END)
    if (!given.has(port) && (await isFree(port))) {
      given.add(port)
      return port
    }
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  const isListening = await once(server, 'listening').then(
    () => true,
    () => false,
  )
  if (isListening) await once(server.close(), 'close')
  return isListening
}
