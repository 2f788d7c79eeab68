/**
 * Where log lines go: stderr, whatever it is. A full disk, a pipe that nobody reads or that is closed must not stop what
 * serves: lines are dropped then, and counted.
 */
import { fstatSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'

/** Takes whole lines with their ends. */
export interface LogOutput {
  readonly write: (lines: string) => void
  /** Lines that could not be written. */
  readonly dropped: () => number
}

const STDERR = 2

const NEWLINE = 10

/** Bytes that wait for the reader of a pipe. */
const MAX_PENDING_BYTES = 1_000_000

/** Opens stderr of this process. */
export function openStderr(): LogOutput {
  return isStream() ? createStreamOutput(process.stderr) : createFileOutput(STDERR)
}

/** Pipes, sockets and terminals are written by Node, which never waits for a pipe; it would throw where a disk is full. */
function isStream(): boolean {
  const stat = fstatSync(STDERR)
  return stat.isFIFO() || stat.isSocket() || isatty(STDERR)
}

/** Writes to a file at once: the last lines before an end matter most. */
export function createFileOutput(fd: number, write: typeof writeSync = writeSync): LogOutput {
  let dropped = 0
  // The last line was written in part: the next begins on a line of its own.
  let isTorn = false
  return {
    dropped: () => dropped,
    write: (lines) => {
      const bytes = Buffer.from(isTorn ? `\n${lines}` : lines)
      const firstByte = isTorn ? 1 : 0
      let done = 0
      try {
        while (done < bytes.length) done += write(fd, bytes, done, bytes.length - done)
      } catch {
        dropped += countLines(bytes.subarray(Math.max(done, firstByte)))
      }
      if (done > 0) isTorn = bytes[done - 1] !== NEWLINE
    },
  }
}

/** Writes to a pipe as fast as somebody reads it. */
export function createStreamOutput(stream: NodeJS.WritableStream): LogOutput {
  let dropped = 0
  // The reader has gone, or there is no such thing.
  let isBroken = false
  stream.on('error', () => {
    isBroken = true
  })
  return {
    dropped: () => dropped,
    write: (lines) => {
      if (isBroken || readPending(stream) > MAX_PENDING_BYTES) {
        dropped += countLines(Buffer.from(lines))
        return
      }
      stream.write(lines)
    },
  }
}

function readPending(stream: NodeJS.WritableStream): number {
  return 'writableLength' in stream ? Number(stream.writableLength) : 0
}

function countLines(bytes: Uint8Array): number {
  return bytes.reduce((count, byte) => count + (byte === NEWLINE ? 1 : 0), 0)
}
