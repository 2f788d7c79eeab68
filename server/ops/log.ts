/** The server's log, on stderr: JSON lines for programs, sentences for a person at a terminal. No addresses, no cookies. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import pino, { type Logger } from 'pino'
import { printable, printableJson } from '../../contract/printable.ts'
import { requestIdOf } from '../http/request-id.ts'

/** How log lines look; `auto` is text on a terminal and JSON elsewhere. */
export type LogFormat = 'auto' | 'json' | 'text'

/** Hears of every request. */
export type AccessLog = (incoming: IncomingMessage, outgoing: ServerResponse) => void

const STDERR = 2

const OPTIONS = {
  base: { pid: process.pid },
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (level: string) => ({ level }) },
}

/** Bytes of access log that are written together; what is less waits a second at most. */
const ACCESS_LOG_BYTES = 4_096
const ACCESS_LOG_FLUSH_MS = 1_000

/** Opens the log. Lines are written at once: there are few, and the last ones before an end matter most. */
export function openLog(format: LogFormat): Logger {
  const isText = format === 'text' || (format === 'auto' && process.stderr.isTTY)
  if (isText) return pino(OPTIONS, { write: (line) => void process.stderr.write(toText(line)) })
  return pino(OPTIONS, printableStream(pino.destination({ fd: STDERR, sync: true })))
}

/**
 * Opens the log of all requests. Lines are written in blocks, after the answers.
 *
 * The query is left out: pages add to it what tells visitors apart.
 */
export function openAccessLog(): AccessLog {
  const destination = pino.destination({ fd: STDERR, sync: false, minLength: ACCESS_LOG_BYTES })
  const log = pino(OPTIONS, printableStream(destination))
  setInterval(() => destination.flush(), ACCESS_LOG_FLUSH_MS).unref()
  process.once('exit', () => destination.flushSync())
  return (incoming, outgoing) => {
    const startMs = performance.now()
    outgoing.once('close', () => {
      log.info({
        request_id: requestIdOf(incoming.headers['x-request-id']),
        method: incoming.method,
        path: incoming.url?.split('?', 1)[0],
        status: outgoing.statusCode,
        ms: Number((performance.now() - startMs).toFixed(3)),
      })
    })
  }
}

/** A name or a URL with C1 or bidirectional characters is shown to people who read the log with `tail`. */
function printableStream(destination: pino.DestinationStream): pino.DestinationStream {
  return { write: (line) => destination.write(printableJson(line)) }
}

function toText(line: string): string {
  const { level, msg, err } = JSON.parse(line)
  const detail: string = err === undefined ? '' : `: ${err.stack ?? err.message}`
  const lines = `${level === 'info' ? '' : `${level}: `}${printable(msg)}${detail}`.split('\n')
  return `serve: ${lines.map(printable).join('\n')}\n`
}
