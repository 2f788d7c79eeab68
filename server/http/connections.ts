/** Looks at all connections every second and closes those that hold without using. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Why a connection was closed, or not taken. */
export type DropReason = 'limit' | 'slow_reader' | 'idle' | 'pipelining' | 'malformed' | 'timeout'

/** Every reason, for the counter's zeros. */
export const DROP_REASONS: readonly DropReason[] = [
  'limit',
  'slow_reader',
  'idle',
  'pipelining',
  'malformed',
  'timeout',
]

/** What is looked for. */
export interface ConnectionLimits {
  /** Milliseconds without a started request after which a connection is closed. */
  readonly keepAliveMs: number
  readonly maxConnections: number
  readonly onDrop: (reason: DropReason) => void
}

const CHECK_MS = 1_000

/** Bytes that a reader takes each second, on average over the window: a tenth of what a phone gets from the slowest networks. */
const LEAST_BYTES_PER_SECOND = 4_096
const WINDOW_MS = 8_000

/** Milliseconds beyond keep-alive for the headers of a request that begins at its last moment. */
const HEADERS_MS = 7_000

/** While more than half of the connections are taken, idle ones are closed after so many milliseconds. */
const CROWDED_IDLE_MS = 5_000

interface Watched {
  /** Bytes written when it was last seen, and since when it has not changed. */
  written: number
  quietSinceMs: number
  /** Bytes that had left at the start of the window. */
  sent: number
  windowStartMs: number
}

/** Watches the connections of a server until it is closed. */
export function watchConnections(server: Server, limits: ConnectionLimits): void {
  const watched = new Map<Socket, Watched>()
  server.maxConnections = limits.maxConnections
  server.on('drop', () => limits.onDrop('limit'))
  server.on('connection', (socket) => {
    const nowMs = performance.now()
    watched.set(socket, { written: 0, quietSinceMs: nowMs, sent: 0, windowStartMs: nowMs })
    socket.once('close', () => watched.delete(socket))
  })
  const timer = setInterval(() => check(watched, limits), CHECK_MS)
  timer.unref()
  server.once('close', () => clearInterval(timer))
}

function check(
  watched: ReadonlyMap<Socket, Watched>,
  { keepAliveMs, maxConnections, onDrop }: ConnectionLimits,
): void {
  const nowMs = performance.now()
  const isCrowded = watched.size > maxConnections / 2
  const idleMs = isCrowded ? CROWDED_IDLE_MS : keepAliveMs + HEADERS_MS
  for (const [socket, state] of watched) {
    const reason = findFault({ socket, state, nowMs, idleMs })
    if (reason === undefined) continue
    onDrop(reason)
    socket.destroy()
  }
}

interface Look {
  readonly socket: Socket
  readonly state: Watched
  readonly nowMs: number
  readonly idleMs: number
}

/** Undefined: the connection may stay. */
function findFault({ socket, state, nowMs, idleMs }: Look): DropReason | undefined {
  const { bytesWritten } = socket
  if (bytesWritten !== state.written) {
    state.written = bytesWritten
    state.quietSinceMs = nowMs
  }
  const { sent, isWaiting, isAnswering } = describeOutput(socket)
  if (!isWaiting) {
    state.windowStartMs = nowMs
    state.sent = sent
    return !isAnswering && nowMs - state.quietSinceMs > idleMs ? 'idle' : undefined
  }
  const windowMs = nowMs - state.windowStartMs
  if (windowMs < WINDOW_MS) return undefined
  if (sent - state.sent < (windowMs / 1_000) * LEAST_BYTES_PER_SECOND) return 'slow_reader'
  state.windowStartMs = nowMs
  state.sent = sent
  return undefined
}

/** Node's own fields: what the system has of the socket, and the response that is being made. */
interface SocketFields {
  readonly _handle?: { readonly bytesWritten?: number; readonly writeQueueSize?: number } | null
  readonly _httpMessage?: object | null
}

/** One great write leaves in many pieces, which only the handle knows. */
function describeOutput(socket: Socket) {
  const { _handle: handle, _httpMessage: message } = socket as SocketFields
  const queued = handle?.writeQueueSize ?? 0
  return {
    /** Bytes that the system has taken. */
    sent: (handle?.bytesWritten ?? 0) - queued,
    isWaiting: queued > 0 || socket.writableLength > 0,
    isAnswering: message !== null && message !== undefined,
  }
}
