/** A receiver in a thread of its own, so that reading Kafka and counting lines share no core. */
import { Worker } from 'node:worker_threads'
import type { ReceiveSettings } from './settings.ts'
import { createReceiveStatus, type ReceiveStatus } from './status.ts'

/** What the thread says. */
export type ReceiveMessage =
  | { readonly status: ReceiveStatus }
  | { readonly note: string }
  | { readonly failure: string }

/** What the thread hears. */
export const STOP_RECEIVING = 'stop'

/** A receiver that runs. */
export interface ReceiverThread {
  readonly status: () => ReceiveStatus
  /** Puts on disk what has come, and ends. */
  readonly stop: () => void
  /** Ends with why it failed; null = it was stopped. */
  readonly ended: Promise<string | null>
}

/**
 * Starts a receiver.
 *
 * @param file - The file of the thread.
 */
export function startReceiverThread(
  file: URL,
  settings: ReceiveSettings,
  note: (line: string) => void,
): ReceiverThread {
  const worker = new Worker(file, { workerData: settings })
  let status = createReceiveStatus()
  let failure: string | null = null
  const ended = new Promise<string | null>((resolve, reject) => {
    worker.on('message', (message: ReceiveMessage) => {
      if ('status' in message) status = message.status
      else if ('note' in message) note(message.note)
      else failure = message.failure
    })
    worker.once('error', reject)
    worker.once('exit', () => resolve(failure))
  })
  return { status: () => status, stop: () => worker.postMessage(STOP_RECEIVING), ended }
}
