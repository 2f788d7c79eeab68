/** One server under load, as a process of its own: `serve-target.ts floor|hono|route|app ANSWER`. See serve.ts. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { NO_DENYLIST } from '../../contract/denylist.ts'
import { createApp } from '../../server/app.ts'
import { createBannerContext } from '../../server/http/banner-context.ts'
import { createLimitedServer } from '../../server/http/limits.ts'
import { createListener } from '../../server/http/listener.ts'
import { createMetrics } from '../../server/ops/metrics.ts'
import { openImages } from '../../server/pictures/images.ts'
import { createPools } from '../../server/pools/pools.ts'
import { readSettings } from '../../server/settings.ts'

interface BareAnswer {
  readonly headers: Record<string, string>
  readonly body: string
}

const CAMPAIGNS = 50
const POOL_SIZE = 10

/** What the process has used so far. */
export interface Spent {
  readonly cpuMicroseconds: number
  readonly heapBytes: number
}

const [, , target, json = ''] = process.argv
const listener = await listenerFor(target, JSON.parse(json))
const server = target === 'route' ? createLimitedServer(listener) : createServer(listener)
server.listen(0, '127.0.0.1', () => process.send?.(portOf(server)))
// The end of the bench is the end of its servers.
process.once('disconnect', () => process.exit())
process.on('message', (message) => {
  if (message === 'collect') global.gc?.()
  const { user, system } = process.cpuUsage()
  const spent: Spent = {
    cpuMicroseconds: user + system,
    heapBytes: process.memoryUsage().heapUsed,
  }
  process.send?.(spent)
})

async function listenerFor(name: string | undefined, answer: BareAnswer): Promise<RequestListener> {
  if (name === 'route' || name === 'app') return routeListener()
  return name === 'hono' ? honoListener(answer) : floorListener(answer)
}

/**
 * The fastest that `node:http` can: headers as it takes them and body made once, so that both leave in one piece. It is ASCII,
 * which Node copies as it lies where it is told so.
 */
function floorListener({ headers, body }: BareAnswer): RequestListener {
  const list = Object.entries({ ...headers, 'Content-Length': `${Buffer.byteLength(body)}` }).flat()
  return (_, response) => {
    response.writeHead(200, list)
    response.end(body, 'latin1')
  }
}

function honoListener({ headers, body }: BareAnswer): RequestListener {
  const app = new Hono()
  app.get('/campaigns/:id', (c) => c.body(body, 200, headers))
  return getRequestListener(app.fetch)
}

/** The complete route, as serving.ts makes it: cookie, headers, metrics. */
async function routeListener(): Promise<RequestListener> {
  const build = { pools: samplePools(), createdAtMs: Date.now(), version: '' }
  const images = await openImages(undefined)
  const now = () => new Date()
  const metrics = createMetrics(now)
  const context = createBannerContext(readSettings({}, {}), {
    pools: () => build.pools,
    denylist: () => NO_DENYLIST,
    now,
    random: Math.random,
    record: metrics.record,
    imageUrl: images.urlTemplate,
  })
  const logError = (error: Error) => {
    console.error(error)
    return ''
  }
  const app = getRequestListener(createApp({ ...context, images, logError }).fetch)
  if (target === 'app') return app
  return createListener({ ...context, app, logError, isClosing: () => false })
}

/** Campaigns 10 to 59 with banners 100 to 109 in every dataset. */
function samplePools() {
  const rows = Array.from({ length: 4 * CAMPAIGNS * POOL_SIZE }, (_, row) => row)
  const poolOf = (row: number) => Math.floor(row / POOL_SIZE)
  return createPools(
    {
      dataset: Float64Array.from(rows, (row) => Math.floor(poolOf(row) / CAMPAIGNS) + 1),
      campaignId: Float64Array.from(rows, (row) => 10 + (poolOf(row) % CAMPAIGNS)),
      rank: Float64Array.from(rows, (row) => (row % POOL_SIZE) + 1),
      bannerId: Float64Array.from(rows, (row) => 100 + (row % POOL_SIZE)),
    },
    '0123456789abcdef',
  )
}

function portOf(listening: Server): number {
  return (listening.address() as AddressInfo).port
}
