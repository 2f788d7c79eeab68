/** Starts the operations listener. */
import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { FORMAT_VERSION } from '../../contract/schema.ts'
import { listen } from '../http/listen.ts'
import type { Settings } from '../settings.ts'
import { createOpsApp, type OpsOptions } from './app.ts'

/** A listener, and where it is. */
export interface OpsListener {
  readonly url: string
  readonly server: Server
}

/** Starts the listener, if the settings want one. */
export async function startOps(
  { opsPort, opsHost, maxAge }: Settings,
  sources: Pick<OpsOptions, 'states' | 'metrics'>,
): Promise<OpsListener | undefined> {
  if (opsPort === undefined) return undefined
  const app = createOpsApp({
    ...sources,
    version: {
      service: 'banner pools',
      artifact_format: FORMAT_VERSION,
      node: process.version,
      started_at: new Date().toISOString(),
    },
    maxAgeHours: maxAge,
    now: () => new Date(),
  })
  const server = createServer(getRequestListener(app.fetch))
  return { url: await listen(server, opsPort, opsHost), server }
}
