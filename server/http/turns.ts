/**
 * One request at a time for each connection.
 *
 * Node parses all requests of a piece of up to 64 kB and calls the listener for each at once, so a client that sends
 * thousands without waiting would have them all answered before anybody else is heard. Here each waits for the response
 * before it, and for the next turn of the event loop.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Requests that wait on one connection. Load generators send 16 ahead, browsers none; a waiting request has some
 * kilobytes. The last of them ends its connection, as RFC 9112, section 9.3.2 permits.
 */
export const MAX_WAITING = 100

/** Requests after that one before the connection is cut: their sender does not read. */
const MAX_IGNORED = 900

/** Requests that wait on all connections together, some 50 MB. */
const MAX_WAITING_IN_ALL = 10_000

interface Line {
  waiting: number
  /** The last request of the connection is waiting: others are ignored. */
  isEnding: boolean
  ignored: number
}

/**
 * Makes a listener that hands over the requests of each connection one after another.
 *
 * @param onLimit - Called once for each connection that sends too many requests ahead.
 */
export function takeTurns(listener: RequestListener, onLimit: () => void): RequestListener {
  const lines = new WeakMap<Socket, Line>()
  let waitingInAll = 0
  const openLine = (socket: Socket): Line => {
    const line: Line = { waiting: 0, isEnding: false, ignored: 0 }
    lines.set(socket, line)
    socket.once('close', () => {
      waitingInAll -= line.waiting
      line.waiting = 0
    })
    return line
  }
  const wait = (line: Line, incoming: IncomingMessage, outgoing: ServerResponse) => {
    line.waiting++
    waitingInAll++
    // Node says so when the response before this one has been written.
    outgoing.once('socket', (socket: Socket) => {
      setImmediate(() => {
        if (socket.destroyed) return
        line.waiting--
        waitingInAll--
        listener(incoming, outgoing)
      })
    })
  }
  return (incoming, outgoing) => {
    // A response without a socket: the one before it has not been written.
    if (outgoing.socket !== null) {
      listener(incoming, outgoing)
      return
    }
    const { socket } = incoming
    const line = lines.get(socket) ?? openLine(socket)
    if (line.isEnding) {
      line.ignored++
      if (line.ignored > MAX_IGNORED) socket.destroy()
      return
    }
    wait(line, incoming, outgoing)
    if (line.waiting < MAX_WAITING && waitingInAll < MAX_WAITING_IN_ALL) return
    line.isEnding = true
    outgoing.shouldKeepAlive = false
    onLimit()
  }
}
