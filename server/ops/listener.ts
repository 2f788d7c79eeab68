/** Starts the operations listener, in a thread of its own. */
import { Worker } from 'node:worker_threads'
import { FORMAT_VERSION } from '../../contract/schema.ts'
import { findWorkerFile } from '../../contract/worker-file.ts'
import type { Settings } from '../settings.ts'
import type { OpsSources } from './app.ts'
import { createHeartbeat, keepBeating } from './heartbeat.ts'
import type { Question } from './questions.ts'
import type { OpsQuestion, ThreadData, ThreadMessage } from './thread.ts'

/** A listener, and where it is. */
export interface OpsListener {
  readonly url: string
  readonly stop: () => Promise<void>
}

/**
 * Starts the listener, if the settings want one.
 *
 * @throws {NodeJS.ErrnoException} If the port is taken or not allowed, or the machine has no such address.
 */
export async function startOps(
  settings: Settings,
  sources: OpsSources,
): Promise<OpsListener | undefined> {
  if (settings.opsPort === undefined) return undefined
  const heartbeat = createHeartbeat()
  const data = describeThread(settings, settings.opsPort, heartbeat)
  const worker = new Worker(findWorkerFile('thread', import.meta.url), { workerData: data })
  const stopBeating = keepBeating(heartbeat, sources.isLive)
  const stop = async () => {
    stopBeating()
    await worker.terminate()
  }
  try {
    const url = await waitForUrl(worker)
    worker.on('message', (question) => void answer(worker, question, sources))
    return { url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function describeThread(
  settings: Settings,
  port: number,
  heartbeat: SharedArrayBuffer,
): ThreadData {
  const { opsHost, publicUrl, allowedHosts, maxAge, workers } = settings
  return {
    port,
    host: opsHost,
    hosts: { publicUrl, allowedHosts, trustProxy: false },
    maxAgeHours: maxAge,
    version: {
      service: 'banner pools',
      artifact_format: FORMAT_VERSION,
      node: process.version,
      started_at: new Date().toISOString(),
    },
    expected: workers,
    heartbeat,
  }
}

function waitForUrl(worker: Worker): Promise<string> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', (message: ThreadMessage) => {
      if ('url' in message) resolve(message.url)
      else reject(Object.assign(new Error(message.fault.message), { code: message.fault.code }))
    })
  })
}

async function answer(
  worker: Worker,
  { id, ask }: Question<OpsQuestion>,
  { states, metrics }: OpsSources,
): Promise<void> {
  worker.postMessage({ id, answer: ask === 'states' ? await states() : await metrics() })
}
