import { fileURLToPath } from 'node:url'
import { findWorkerFile } from '../../../contract/worker-file.ts'
import { PipelineError } from '../../base/errors.ts'
import { type JobName, type Jobs, type Outcome, runJob } from './jobs.ts'

/** Runs the jobs of jobs.ts, on worker threads if there is enough to do. */
export interface Scanner {
  /** @throws {PipelineError} With `label` in front of the job's message. */
  run<Name extends JobName>(
    name: Name,
    label: string,
    ...args: Parameters<Jobs[Name]>
  ): ReturnType<Jobs[Name]>
}

/** Starting two workers takes about 0.15 s, in which one thread scans some 40 MB. */
const WORTH_WORKERS_BYTES = 32 << 20

/** How much there is to do, and by how many. */
export interface ScanSize {
  readonly bytes: number
  /** Worker threads at most. */
  readonly threads: number
}

/** Worker threads that scan. */
export interface ScanWorkers {
  readonly run: RunJob
  /** Ends the threads, whatever they do; may be called again. */
  readonly end: () => Promise<void>
}

/** Starts the threads of a scanner, which takes them a while; null if there is too little to scan for them. */
export async function startWorkers({ bytes, threads }: ScanSize): Promise<ScanWorkers | null> {
  if (bytes < WORTH_WORKERS_BYTES) return null
  const filename = fileURLToPath(findWorkerFile('jobs', import.meta.url))
  const { Piscina } = await import('piscina')
  const workers = new Piscina({ filename, maxThreads: threads, minThreads: threads })
  let ending: Promise<void> | null = null
  return {
    run: (job) => workers.run(job, { name: 'runJob' }),
    end() {
      ending ??= workers.destroy()
      return ending
    },
  }
}

/**
 * Gives `fn` a scanner and ends its threads afterwards.
 *
 * @param started - Its threads, if they were started before.
 */
export async function withScanner<T>(
  size: ScanSize & { readonly started?: ScanWorkers | null },
  fn: (scanner: Scanner) => Promise<T>,
): Promise<T> {
  const workers = size.started ?? (await startWorkers(size))
  if (workers === null) return withQueue(fn)
  try {
    return await fn(createScanner(workers.run))
  } finally {
    await workers.end()
  }
}

type RunJob = (job: { name: JobName; args: readonly unknown[] }) => Promise<Outcome>

/**
 * Runs the jobs in this process, one after the other: thousands of small files at once would be too many open ones.
 * When `fn` fails, the job under way is waited for, since it may be writing a file, and the others are not begun.
 */
async function withQueue<T>(fn: (scanner: Scanner) => Promise<T>): Promise<T> {
  let isOpen = true
  let last: Promise<unknown> = Promise.resolve()
  async function runNext(job: Parameters<RunJob>[0]): Promise<Outcome> {
    if (!isOpen) throw new Error(`not run, another job failed: ${job.name}`)
    return runJob(job)
  }
  try {
    return await fn(
      createScanner((job) => {
        const next = last.then(() => runNext(job))
        last = next.catch(() => undefined)
        return next
      }),
    )
  } finally {
    isOpen = false
    await last
  }
}

function createScanner(run: RunJob): Scanner {
  return {
    run: (async (name: JobName, label: string, ...args: readonly unknown[]) => {
      const outcome = await run({ name, args })
      if ('failure' in outcome) throw new PipelineError(`${label}: ${outcome.failure}`)
      return outcome.result
    }) as Scanner['run'],
  }
}
