/** Builds whenever the input has changed and come to rest, until it is told to stop. */

import { resolve } from 'node:path'
import { PipelineError } from '../base/errors.ts'
import { fileStamp } from '../input/scan/inspect.ts'
import { findSources, type SourceOptions } from '../input/sources.ts'

/** Time, as far as a watch needs it. */
interface Clock {
  /** Milliseconds that never go back. */
  readonly now: () => number
  /** Ends early, without an error, when `stop` is aborted. */
  readonly sleep: (ms: number, stop: AbortSignal) => Promise<void>
}

/** The state of the input; another state has other texts. */
interface InputState {
  /** Files that somebody may be writing: they are read once they rest. */
  readonly resting: string
  /** Segments whose writers tell how far they can be read at any time: while events come they never rest. */
  readonly growing: string
}

/** What to watch and what to do. */
export interface WatchOptions {
  readonly look: () => Promise<InputState>
  /** Is never run twice at a time. A {@link PipelineError} is reported, anything else ends the watch. */
  readonly build: () => Promise<void>
  readonly onChange: () => void
  readonly onFailure: (error: PipelineError, retryMs: number) => void
  /**
   * How long the input must have stayed the same before it is read: a file may be half uploaded. Where nothing but
   * segments grows, it is read so long after the first change.
   */
  readonly settleMs: number
  /** Between two looks. */
  readonly intervalMs: number
  readonly clock: Clock
  readonly stop: AbortSignal
}

/** A failure that no change of the input mends (a full disk, another build) is tried again: after a minute at first … */
const FIRST_RETRY_MS = 60_000
/** … then after twice as long each time, up to an hour. */
const LAST_RETRY_MS = 3_600_000

/** Watches until `stop` is aborted; a build under way is finished first. */
export async function watchInput(options: WatchOptions): Promise<void> {
  const { look, build, onChange, onFailure, settleMs, intervalMs, clock, stop } = options
  let seen = await look()
  let seenMs = clock.now()
  let tried: InputState | null = null
  let retryMs = FIRST_RETRY_MS
  let retryAtMs = Number.POSITIVE_INFINITY
  while (!stop.aborted) {
    const state = await look()
    if (!isSame(state, seen)) {
      const isFirst = isSame(seen, tried)
      if (isFirst) onChange()
      if (isFirst || state.resting !== seen.resting) seenMs = clock.now()
      seen = state
    }
    const isNew = !isSame(seen, tried)
    if ((isNew || clock.now() >= retryAtMs) && clock.now() - seenMs >= settleMs) {
      if (isNew) retryMs = FIRST_RETRY_MS
      tried = seen
      try {
        await build()
        retryAtMs = Number.POSITIVE_INFINITY
      } catch (error) {
        if (!(error instanceof PipelineError)) throw error
        onFailure(error, retryMs)
        retryAtMs = clock.now() + retryMs
        retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)
      }
    }
    await clock.sleep(intervalMs, stop)
  }
}

function isSame(state: InputState, other: InputState | null): boolean {
  return state.resting === other?.resting && state.growing === other.growing
}

/**
 * Describes the input files by their paths and stamps, segments by how far they can be read; an input that cannot be
 * looked at is a state, too.
 */
export async function describeInput(
  input: string,
  options: Pick<SourceOptions, 'followLinks' | 'out' | 'window'> = {},
): Promise<InputState> {
  try {
    const { files, lists } = await findSources(resolve(input), {
      allowMissing: true,
      ...(options.followLinks === true && { followLinks: true }),
      window: options.window ?? null,
      ...(options.out !== undefined && { out: resolve(options.out) }),
    })
    const segments = files.filter(({ linesBytes }) => linesBytes !== undefined)
    const others = files.filter(({ linesBytes }) => linesBytes === undefined)
    const states = [...others, ...lists].map(
      async ({ fullPath }) => `${fullPath} ${await fileStamp(fullPath)}`,
    )
    const day = options.window?.day ?? 'all days'
    return {
      resting: [day, ...(await Promise.all(states))].join('\n'),
      growing: segments.map(({ fullPath, linesBytes }) => `${fullPath} ${linesBytes}`).join('\n'),
    }
  } catch (error) {
    if (error instanceof PipelineError) return { resting: error.message, growing: '' }
    throw error
  }
}
