/** Copies of what an artifacts folder publishes, in a bucket: full builds, and the changes on top of them, joined. */

import { ChangeError } from '../../contract/changes.ts'
import { ArtifactError } from '../../contract/read.ts'
import { isSystemError, PipelineError } from '../base/errors.ts'
import { parseS3Url } from '../base/s3/location.ts'
import { currentBuildId } from '../publish/current.ts'
import { type CopyStateOptions, copyState } from './copy-state.ts'
import { withStore } from './store.ts'

/** Copies what is current, again and again. */
export interface Copier {
  /** Begins: a follower that waits for another one copies nothing. */
  start(): void
  /** When what was current was last found to be in the bucket; milliseconds since 1970, null: not yet. */
  readonly lastCopyMs: () => number | null
  /** Why the last copy failed; null: it did not. */
  readonly failure: () => string | null
  /** Copies what is current once more, if it ever began, and ends. Tells whether that failed. */
  finish(): Promise<{ readonly hasFailed: boolean }>
}

/** How states are copied. */
export interface CopyOptions extends Omit<CopyStateOptions, 'copied'> {
  /** `s3://bucket/prefix` */
  readonly url: string
  /** Milliseconds between the beginnings of two copies, at least. */
  readonly everyMs?: number
}

/** Milliseconds. */
const COPY_EVERY_MS = 5_000

/**
 * Makes a copier. A copy that fails is reported once for each reason, and tried again.
 *
 * @throws {PipelineError} If the address is none of a bucket.
 */
export function createCopier({ url, everyMs = COPY_EVERY_MS, ...options }: CopyOptions): Copier {
  const location = parseS3Url(url, 'bucket')
  const { progress, out, now } = options
  let failure: string | null = null
  let lastCopyMs: number | null = null
  let copied: string | null = null
  let running: Promise<void> = Promise.resolve()
  const copyNow = async () => {
    if ((await currentBuildId(out)) === null) return
    try {
      copied = await withStore(location, (store) => copyState(store, { ...options, copied }))
      lastCopyMs = now().getTime()
      if (failure !== null) progress.note(`copied again: ${url}`)
      failure = null
    } catch (error) {
      const message = describeFailure(error)
      if (failure !== message) progress.warn(`not copied, it is tried again: ${message}`)
      failure = message
    }
  }
  let isBusy = false
  const tick = () => {
    if (isBusy) return
    isBusy = true
    running = copyNow().finally(() => {
      isBusy = false
    })
  }
  let timer: NodeJS.Timeout | undefined
  return {
    start() {
      // A follower that ends with an error does not wait for it.
      timer = setInterval(tick, everyMs).unref()
    },
    lastCopyMs: () => lastCopyMs,
    failure: () => failure,
    async finish() {
      if (timer === undefined) return { hasFailed: false }
      clearInterval(timer)
      await running
      await copyNow()
      return { hasFailed: failure !== null }
    },
  }
}

/** A build that is copied may be removed meanwhile; what nobody foresaw keeps its stack, and ends no follower. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isKnown = [PipelineError, ArtifactError, ChangeError].some((kind) => error instanceof kind)
  return isKnown || isSystemError(error) ? error.message : (error.stack ?? error.message)
}
