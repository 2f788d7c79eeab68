/** Copies of the current build of an artifacts folder, in a bucket: for functions, which take full builds only. */
import { PipelineError } from '../base/errors.ts'
import type { Progress } from '../base/progress.ts'
import { parseS3Url } from '../base/s3/location.ts'
import { publishToStore } from './publish.ts'
import { readPointer } from './published.ts'
import { withStore } from './store.ts'

/** Copies builds, one after the other. */
export interface Copier {
  /** Copies what is current; while a copy is under way, the next one waits, and stands for all that come meanwhile. */
  copy(): void
  /** Waits for the copies. Tells whether the last one failed. */
  finish(): Promise<{ readonly hasFailed: boolean }>
}

/** How builds are copied. */
export interface CopyOptions {
  /** Artifacts folder. */
  readonly out: string
  /** `s3://bucket/prefix` */
  readonly url: string
  /** How many builds stay in the bucket. */
  readonly keep: number
  readonly now: () => Date
  readonly progress: Progress
}

/**
 * Makes a copier. A copy that fails is reported, and made up for by the next one.
 *
 * @throws {PipelineError} If the address is none of a bucket.
 */
export function createCopier({ url, progress, ...options }: CopyOptions): Copier {
  const location = parseS3Url(url, 'bucket')
  let hasFailed = false
  let waits = false
  let running: Promise<void> | null = null
  const copyNow = () =>
    withStore(location, async (store) => {
      await publishToStore(store, { ...options, progress, pointer: await readPointer(store) })
    })
  const run = async () => {
    while (waits) {
      waits = false
      try {
        await copyNow()
        hasFailed = false
      } catch (error) {
        if (!(error instanceof PipelineError)) throw error
        hasFailed = true
        progress.warn(`not copied, the next build is: ${error.message}`)
      }
    }
    running = null
  }
  return {
    copy() {
      waits = true
      running ??= run()
    },
    async finish() {
      await running
      return { hasFailed }
    },
  }
}
