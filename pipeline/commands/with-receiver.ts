import { findWorkerFile } from '../../contract/worker-file.ts'
import { PipelineError } from '../base/errors.ts'
import type { OpsExtra } from '../live/ops.ts'
import type { ReceiveSettings } from '../live/receive/settings.ts'

/** What a follower has of a receiver beside it. */
interface Receiving {
  /** Aborted when the receiver has ended: the follower then publishes what it left. */
  readonly stop: AbortSignal
  readonly extra: OpsExtra | null
}

/**
 * Runs a follower with a receiver beside it, in a thread.
 *
 * @param settings - Null: there is none.
 * @throws {PipelineError} If the receiver failed, once the follower has published what there is.
 */
export async function withReceiver<T>(
  settings: ReceiveSettings | null,
  world: {
    readonly stop: AbortSignal
    readonly now: () => Date
    readonly note: (line: string) => void
  },
  follow: (receiving: Receiving) => Promise<T>,
): Promise<T> {
  const { stop, now, note } = world
  if (settings === null) return follow({ stop, extra: null })
  const { startReceiverThread } = await import('../live/receive/thread.ts')
  const { describeReceiveFault, formatReceiveMetrics } = await import('../live/receive/metrics.ts')
  const file = findWorkerFile('receive-worker', import.meta.url)
  const receiver = startReceiverThread(file, settings, note)
  const stopFollower = new AbortController()
  const ended = receiver.ended.finally(() => stopFollower.abort())
  ended.catch(() => undefined)
  stop.addEventListener('abort', receiver.stop)
  if (stop.aborted) receiver.stop()
  const extra = {
    metrics: () => formatReceiveMetrics(receiver.status(), now()),
    fault: () => describeReceiveFault(receiver.status()),
  }
  try {
    const result = await follow({ stop: stopFollower.signal, extra })
    const failure = await ended
    if (failure !== null) throw new PipelineError(failure)
    return result
  } finally {
    receiver.stop()
    await ended
  }
}
