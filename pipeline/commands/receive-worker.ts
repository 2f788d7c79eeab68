/** The thread in which `pools follow --kafka` receives. */
import { parentPort, workerData } from 'node:worker_threads'
import { PipelineError } from '../base/errors.ts'
import { explainMissingPackage } from '../base/missing-package.ts'
import { receive } from '../live/receive/receive.ts'
import type { ReceiveSettings } from '../live/receive/settings.ts'
import { createReceiveStatus } from '../live/receive/status.ts'
import { type ReceiveMessage, STOP_RECEIVING } from '../live/receive/thread.ts'

/** Milliseconds between two words about how it goes. */
const TELL_MS = 500

const controller = new AbortController()
const status = createReceiveStatus()
const tell = (message: ReceiveMessage) => parentPort?.postMessage(message)
const timer = setInterval(() => tell({ status }), TELL_MS)
parentPort?.on('message', (message) => {
  if (message === STOP_RECEIVING) controller.abort()
})
try {
  await receive(workerData as ReceiveSettings, {
    stop: controller.signal,
    now: () => new Date(),
    note: (note) => tell({ note }),
    status,
  })
} catch (thrown) {
  const error = explainMissingPackage(thrown)
  if (!(error instanceof PipelineError)) throw error
  tell({ failure: error.message })
} finally {
  clearInterval(timer)
  tell({ status })
  parentPort?.close()
}
