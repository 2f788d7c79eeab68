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
