/** One server under load, as a process of its own: `serve-target.ts node|hono|route ANSWER`. See serve.ts. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { createApp } from '../server/app.ts'
import { openImages } from '../server/pictures/images.ts'
import { createPools } from '../server/pools/pools.ts'

interface BareAnswer {
  readonly headers: Record<string, string>
  readonly body: string
}

const CAMPAIGNS = 50
const POOL_SIZE = 10

const [, , target, json = ''] = process.argv
const server = createServer(await listenerFor(target, JSON.parse(json)))
server.listen(0, '127.0.0.1', () => process.send?.(portOf(server)))
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.(user + system)
})

async function listenerFor(name: string | undefined, answer: BareAnswer): Promise<RequestListener> {
  if (name === 'route') return routeListener()
  return name === 'hono' ? honoListener(answer) : nodeListener(answer)
}

function nodeListener({ headers, body }: BareAnswer): RequestListener {
  return (_, response) => {
    response.writeHead(200, { ...headers, 'Content-Length': Buffer.byteLength(body) })
    response.end(body)
  }
}

function honoListener({ headers, body }: BareAnswer): RequestListener {
  const app = new Hono()
  app.get('/campaigns/:id', (c) => c.body(body, 200, headers))
  return getRequestListener(app.fetch)
}

async function routeListener(): Promise<RequestListener> {
  const pools = samplePools()
  const app = createApp({
    pools: () => pools,
    settings: { clickUrl: undefined, cookie: 'lax', publicUrl: undefined },
    images: await openImages(undefined),
    now: () => new Date(),
    random: Math.random,
    logError: (error) => console.error(error),
  })
  return getRequestListener(app.fetch)
}

/** Campaigns 10 to 59 with banners 100 to 109 in every dataset. */
function samplePools() {
  const rows = Array.from({ length: 4 * CAMPAIGNS * POOL_SIZE }, (_, row) => row)
  const poolOf = (row: number) => Math.floor(row / POOL_SIZE)
  return createPools(
    {
      dataset: Uint8ClampedArray.from(rows, (row) => Math.floor(poolOf(row) / CAMPAIGNS) + 1),
      campaignId: Float64Array.from(rows, (row) => 10 + (poolOf(row) % CAMPAIGNS)),
      rank: Uint8ClampedArray.from(rows, (row) => (row % POOL_SIZE) + 1),
      bannerId: Float64Array.from(rows, (row) => 100 + (row % POOL_SIZE)),
    },
    '0123456789abcdef',
  )
}

function portOf(listening: Server): number {
  return (listening.address() as AddressInfo).port
}
