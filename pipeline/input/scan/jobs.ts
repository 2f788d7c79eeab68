/** What a scanner does, in a form that crosses from a worker thread: a class does not, so a failure is a message. */
import { explainLack, PipelineError } from '../../base/errors.ts'
import { findLines } from './find-lines.ts'
import { inspectFile } from './inspect.ts'
import { normaliseFile } from './normalise.ts'
import { scanFile } from './scan-file.ts'

/** The jobs by name. Their arguments and results are plain data. */
const JOBS = { inspectFile, scanFile, normaliseFile, findLines }

export type Jobs = typeof JOBS
export type JobName = keyof Jobs

/** A result, or the message of a {@link PipelineError}. */
export type Outcome = { readonly result: unknown } | { readonly failure: string }

/** Runs one job. Errors that are no {@link PipelineError} are thrown. */
export async function runJob({
  name,
  args,
}: {
  name: JobName
  args: readonly unknown[]
}): Promise<Outcome> {
  try {
    const job = JOBS[name] as (...args: readonly unknown[]) => Promise<unknown>
    return { result: await job(...args) }
  } catch (error) {
    // The code of a system error does not cross from a thread.
    const explained = explainLack(error)
    if (explained instanceof PipelineError) return { failure: explained.message }
    throw error
  }
}
