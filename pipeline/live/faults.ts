/** Which faults freeze publication, because a person can mend them; anything else is a bug. */
import { isSystemError, PipelineError } from '../base/errors.ts'

/** Says in a line what a person can mend; null = a bug. */
export function describeFault(error: unknown): string | null {
  if (error instanceof PipelineError) return error.message
  if (!(error instanceof Error)) return null
  const [line = ''] = error.message.split('\n')
  if (isSystemError(error)) return `cannot be written (${error.code}): ${line}`
  // As DuckDB says it.
  if (/no space left|could not write|disk is full/i.test(line)) return `disk full: ${line}`
  return /out of memory/i.test(line) ? `out of memory, raise --memory-limit: ${line}` : null
}

/** Whether a fault, as {@link describeFault} says it, is a disk or a quota without room: what failed says nothing about the input. */
export function isDiskFull(message: string): boolean {
  return /disk full|disk quota|\b(?:ENOSPC|EDQUOT)\b/.test(message)
}
