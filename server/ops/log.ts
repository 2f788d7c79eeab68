/** The server's log, on stderr: JSON lines for programs, sentences for a person at a terminal. No addresses, no cookies. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import pino from 'pino'
import { printable, printableJson } from '../../contract/printable.ts'
import type { EventLog } from '../base/log-events.ts'
import { findRequestId } from '../http/request-id.ts'
import { findRoute } from '../http/target.ts'
import { readTrace } from '../http/trace-context.ts'
import { openStderr } from './log-output.ts'

/** How log lines look; `auto` is text on a terminal and JSON elsewhere. */
export type LogFormat = 'auto' | 'json' | 'text'

/** Called for each request. */
export type AccessLog = (incoming: IncomingMessage, outgoing: ServerResponse) => void

const OPTIONS = {
  base: { pid: process.pid },
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (level: string) => ({ level }) },
}

/** Characters of access log that are written together; what is less waits a second at most. */
const ACCESS_LOG_BLOCK = 4_096
const ACCESS_LOG_FLUSH_MS = 1_000

/** One for the process: all that is written to stderr is counted together. */
const output = openStderr()

/** Counts the log lines that could not be written, because the disk is full or nobody reads the pipe. */
export function countDroppedLines(): number {
  return output.dropped()
}

/** Opens the log. Lines are written at once: there are few, and the last ones before an end matter most. */
export function openLog(format: LogFormat): EventLog {
  const toLine = chooseFormat(format)
  return pino(OPTIONS, { write: (line) => output.write(toLine(line)) })
}

/**
 * Opens the log of all requests. Lines are written in blocks, after the answers.
 *
 * It names the route, not the path and not the query: they hold what tells visitors apart, and what odd URLs hold.
 */
export function openAccessLog(format: LogFormat): AccessLog {
  const toLine = chooseFormat(format)
  let block = ''
  const flush = () => {
    if (block !== '') output.write(block)
    block = ''
  }
  const write = (line: string) => {
    block += toLine(line)
    if (block.length >= ACCESS_LOG_BLOCK) flush()
  }
  const log = pino(OPTIONS, { write })
  setInterval(flush, ACCESS_LOG_FLUSH_MS).unref()
  process.once('exit', flush)
  return (incoming, outgoing) => {
    const startMs = performance.now()
    outgoing.once('close', () => {
      log.info({
        event: 'request',
        request_id: findRequestId(incoming.headers['x-request-id']),
        ...readTrace(incoming.headers.traceparent),
        method: incoming.method,
        route: findRoute(incoming.url ?? ''),
        status: outgoing.statusCode,
        ms: Number((performance.now() - startMs).toFixed(3)),
      })
    })
  }
}

function chooseFormat(format: LogFormat): (line: string) => string {
  const isText = format === 'text' || (format === 'auto' && process.stderr.isTTY)
  // A name or a URL with C1 or bidirectional characters is shown to people who read the log with `tail`.
  return isText ? toText : printableJson
}

function toText(line: string): string {
  const { level, event, msg, err, method, route, status, ms } = JSON.parse(line)
  if (event === 'request') return `serve: ${printable(`${method} ${route} ${status} ${ms} ms`)}\n`
  const detail: string = err === undefined ? '' : `: ${err.stack ?? err.message}`
  const lines = `${level === 'info' ? '' : `${level}: `}${printable(msg)}${detail}`.split('\n')
  return `serve: ${lines.map(printable).join('\n')}\n`
}
