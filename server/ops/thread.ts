/**
 * The thread of the operations listener. It has an event loop of its own: probes are answered while the loop that serves
 * is busy, and are told when it hangs.
 */
import { createServer } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'
import { getRequestListener } from '@hono/node-server'
import { createHostCheck, type HostSettings } from '../http/hosts.ts'
import { listen } from '../http/listen.ts'
import { NO_HOST } from '../http/origins.ts'
import { createOpsApp, type ServingState } from './app.ts'
import { HUNG_MS, readBeatAge } from './heartbeat.ts'
import { createAsker, isReply } from './questions.ts'

/** What the thread is told. */
export interface ThreadData {
  readonly port: number
  readonly host: string
  readonly hosts: HostSettings
  readonly maxAgeHours: number
  readonly version: Readonly<Record<string, string | number>>
  readonly expected: number
  readonly heartbeat: SharedArrayBuffer
}

/** What the thread asks the first one. */
export type OpsQuestion = 'states' | 'metrics'

/** What it says when it listens, or cannot. */
export type ThreadMessage =
  | { readonly url: string }
  | { readonly fault: { readonly code: string | undefined; readonly message: string } }

/** Connections, out of the files that the main port leaves: probes and scrapers have some. */
const MAX_CONNECTIONS = 64

const TIMEOUTS = {
  headersTimeout: 5_000,
  requestTimeout: 8_000,
  connectionsCheckingInterval: 1_000,
}

const { port, host, hosts, heartbeat, ...options } = workerData as ThreadData
const asker = createAsker<OpsQuestion>((question) => parentPort?.postMessage(question))
parentPort?.on('message', (message) => isReply(message) && asker.receive(message))

const app = createOpsApp({
  ...options,
  states: async () => ((await asker.ask('states')) ?? []) as readonly ServingState[],
  metrics: async () => (await asker.ask('metrics')) as string | undefined,
  isLive: () => readBeatAge(heartbeat) < HUNG_MS,
  isOwnHost: createHostCheck(hosts),
  now: () => new Date(),
})
const server = createServer(TIMEOUTS, getRequestListener(app.fetch, { hostname: NO_HOST }))
server.maxConnections = MAX_CONNECTIONS
listen(server, { port, host }).then(
  (url) => say({ url }),
  (error: NodeJS.ErrnoException) => say({ fault: { code: error.code, message: error.message } }),
)

function say(message: ThreadMessage): void {
  parentPort?.postMessage(message)
}
