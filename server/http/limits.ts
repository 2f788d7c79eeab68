/** Limits that keep slow, greedy and malformed connections away. How many requests a visitor may send is the proxy's business. */
import { createServer, type RequestListener, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { problem } from '../base/answer.ts'
import { type DropReason, watchConnections } from './connections.ts'
import { takeTurns } from './turns.ts'

/**
 * Milliseconds. Node's defaults, 60 s and 300 s looked at every 30 s, let 400 slow sockets stay for half a minute. With
 * these every one is gone within 10 s: 8 s, and up to 1 s until somebody looks.
 */
const TIMEOUTS = {
  headersTimeout: 5_000,
  requestTimeout: 8_000,
  connectionsCheckingInterval: 1_000,
}

/** Milliseconds without a byte in either direction: those who do not read their answers. */
const IDLE_TIMEOUT_MS = 8_000

/** Bytes of all headers together: room for cookies of 8 kB, which browsers send if other software sets them. */
const MAX_HEADER_BYTES = 16_384

/** Then the connection is closed, so that clients spread over the servers behind one name anew. */
const MAX_REQUESTS_PER_SOCKET = 10_000

/** What a server is limited to, and who is told of it. */
export interface ServerLimits {
  /** Between two requests of a connection. Balancers keep theirs for 60 s, and the one who closes first must be they. */
  readonly keepAliveMs: number
  readonly maxConnections: number
  readonly onDrop: (reason: DropReason) => void
}

/** The limits of a server that nobody has set otherwise. */
const DEFAULT_LIMITS: ServerLimits = {
  keepAliveMs: 75_000,
  maxConnections: 10_000,
  onDrop: () => {},
}

/** Makes a server that keeps the limits. */
export function createLimitedServer(
  listener: RequestListener,
  limits: ServerLimits = DEFAULT_LIMITS,
): Server {
  const { keepAliveMs, onDrop } = limits
  const options = {
    ...TIMEOUTS,
    keepAliveTimeout: keepAliveMs,
    maxHeaderSize: MAX_HEADER_BYTES,
  }
  const server = createServer(
    options,
    takeTurns(listener, () => onDrop('pipelining')),
  )
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_SOCKET
  server.setTimeout(IDLE_TIMEOUT_MS)
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code !== 'ECONNRESET') {
      onDrop(error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'timeout' : 'malformed')
    }
    refuse(error, socket)
  })
  watchConnections(server, limits)
  return server
}

/** What cannot be parsed as HTTP, or takes too long, gets a last answer. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
    socket.destroy()
    return
  }
  const { status, headers, body } = problem(findStatus(error.code), findTitle(error.code))
  const lines = Object.entries({
    ...headers,
    Connection: 'close',
    'Content-Length': Buffer.byteLength(body ?? ''),
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`, () =>
    socket.destroy(),
  )
}

/** A second answer in the middle of one would be taken for its body. `_httpMessage` is where Node keeps the answer. */
function isAnswering(socket: Duplex): boolean {
  const { _httpMessage: message } = socket as { _httpMessage?: { headersSent: boolean } | null }
  return message?.headersSent === true
}

function findStatus(code: string | undefined): 400 | 408 | 431 {
  if (code === 'HPE_HEADER_OVERFLOW') return 431
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
}

function findTitle(code: string | undefined): string {
  if (code === 'HPE_HEADER_OVERFLOW') return 'the headers are too large'
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'the request took too long' : 'malformed request'
}
