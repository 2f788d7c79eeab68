import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { type AppOptions, createApp } from '../../server/app.ts'
import { createLimitedServer } from '../../server/http/limits.ts'
import { createListener } from '../../server/http/listener.ts'

/** Runs `fn` with the URL of a server in this process: as it is served, with the clock and the pools of the options. */
export async function withServer(
  options: AppOptions,
  fn: (url: string) => Promise<void>,
): Promise<void> {
  const app = getRequestListener(createApp(options).fetch)
  const server = createLimitedServer(
    createListener({ ...options, app, isClosing: () => false }),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await fn(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
