/** What a program writes to, guarded: readers go away (`| head`), disks fill (`> /dev/full`). */

/** A writable stream of the process. */
export interface GuardedStream {
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown
}

/** What became of stdout. */
export interface StreamGuard {
  /** Aborted when nobody reads stdout any more. */
  readonly readerGone: AbortSignal
  /** Tells whether results were lost because stdout could not be written: exit code 1. */
  readonly hasLostOutput: () => boolean
}

/**
 * Handles the write errors of stdout and stderr. A reader of stdout that has gone is no failure: it has what it wanted.
 * Any other error of stdout is one line. Errors of stderr are ignored: they can be told to nobody.
 *
 * @param streams - Those of the process.
 * @param report - Takes the one line, without its line end.
 */
export function guardStreams(
  { stdout, stderr }: { readonly stdout: GuardedStream; readonly stderr: GuardedStream },
  report: (line: string) => void,
): StreamGuard {
  const reader = new AbortController()
  let hasLostOutput = false
  stderr.on('error', () => {})
  stdout.on('error', ({ code }) => {
    if (code === 'EPIPE') return reader.abort()
    if (hasLostOutput) return
    hasLostOutput = true
    report(`output cannot be written, free some space or write it elsewhere (${code}): stdout`)
  })
  return { readerGone: reader.signal, hasLostOutput: () => hasLostOutput }
}
