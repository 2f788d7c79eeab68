/** A failure that the user can mend: printed as one line, without a stack. Anything else is a bug. */
export class PipelineError extends Error {
  override readonly name = 'PipelineError'
  /** 1 = failed, 2 = misused. */
  readonly exitCode: number

  constructor(
    message: string,
    { exitCode = 1, cause }: { exitCode?: number; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.exitCode = exitCode
  }
}

/**
 * Runs a step that touches files, and turns the operating system's errors into one line with a remedy.
 *
 * @param what - What was tried, with the path last: `output folder cannot be written: /x`.
 */
export async function withFileErrors<T>(what: string, fn: () => Promise<T>): Promise<T> {
  try {
    return await fn()
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new PipelineError(`${error.code}: ${what}`, { cause: error })
  }
}

/** Tells whether the operating system refused something, as with ENOENT, EACCES or ENOSPC. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error
}

/** What is lacking on the machine, and the remedy; any other code of the operating system is a bug here. */
const LACKING: Readonly<Record<string, string>> = {
  EMFILE: 'too many open files, raise the limit (ulimit -n)',
  ENFILE: 'too many open files on this machine',
  ENOSPC: 'disk full, free some space',
  EDQUOT: 'disk quota used up, free some space',
  EROFS: 'the file system is read-only',
  EIO: 'the disk has a fault, see the log of the system',
  ENOMEM: 'out of memory',
}

/** Turns an error about what the machine lacks, wherever it occurred, into one for the user; others stay as they are. */
export function explainLack(error: unknown): unknown {
  if (!isSystemError(error)) return error
  const lack = LACKING[error.code]
  if (lack === undefined) return error
  const path = error.path === undefined ? '' : `: ${error.path}`
  return new PipelineError(`${lack} (${error.code})${path}`, { cause: error })
}
