/** The server's log, on stderr: JSON lines for programs, sentences for a person at a terminal. No addresses, no cookies. */
import pino, { type Logger } from 'pino'

/** How log lines look; `auto` is text on a terminal and JSON elsewhere. */
export type LogFormat = 'auto' | 'json' | 'text'

const STDERR = 2

/** Opens the log. Lines are written at once: there are few, and the last ones before an end matter most. */
export function openLog(format: LogFormat): Logger {
  const isText = format === 'text' || (format === 'auto' && process.stderr.isTTY)
  const options = {
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
  }
  if (isText) return pino(options, { write: (line) => void process.stderr.write(toText(line)) })
  return pino(options, pino.destination({ fd: STDERR, sync: true }))
}

function toText(line: string): string {
  const { level, msg, err } = JSON.parse(line)
  const detail = err === undefined ? '' : `: ${err.stack ?? err.message}`
  return `serve: ${level === 'info' ? '' : `${level}: `}${msg}${detail}\n`
}
