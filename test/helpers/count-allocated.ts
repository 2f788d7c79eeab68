/**
 * A process that answers requests for banners without a socket, and prints the bytes that each took of the heap. Started with
 * a young generation that they do not fill, and `--expose-gc`: `count-allocated.ts REQUESTS [collecting]`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { NO_DENYLIST } from '../../contract/denylist.ts'
import { createTokenWriter } from '../../contract/token.ts'
import type { DecisionEvents } from '../../server/banner/service.ts'
import { createNumbering } from '../../server/events/run.ts'
import { createBannerContext } from '../../server/http/banner-context.ts'
import { createListener } from '../../server/http/listener.ts'
import { createMetrics } from '../../server/ops/metrics.ts'
import { readSettings } from '../../server/settings.ts'
import { poolsOf } from './pools.ts'

const HEADERS = {
  host: '127.0.0.1:8080',
  accept: '*/*',
  cookie: 'session=0123456789abcdef; last=103',
}

/** Until the code is compiled: what the compiler allocates is not the requests'. */
const WARM_UP = 50_000

const requests = Number(process.argv[2])
const isCollecting = process.argv[3] === 'collecting'
const pools = poolsOf({ 12: [100, 101, 102, 103, 104, 105, 106, 107, 108, 109] })
const now = () => new Date()
const context = createBannerContext(readSettings({}, {}), {
  pools: () => pools,
  denylist: () => NO_DENYLIST,
  now,
  random: Math.random,
  record: createMetrics(now).record,
  imageUrl: undefined,
  events: isCollecting ? signDecisions() : undefined,
})
const fail = () => {
  throw new Error('the listener did not answer by itself')
}
const listener = createListener({ ...context, app: fail, logError: fail, isClosing: () => false })
const incoming = {
  method: 'GET',
  url: '/campaigns/12',
  headers: HEADERS,
  rawHeaders: Object.entries(HEADERS).flat(),
} as unknown as IncomingMessage & { readonly client: never }
let written = 0
const outgoing = {
  writeHead: () => undefined,
  end: (body: string) => {
    written += body.length
  },
} as unknown as ServerResponse<IncomingMessage> & { readonly client: never }

for (let i = 0; i < WARM_UP; i++) answer()
global.gc?.()
written = 0
const before = process.memoryUsage().heapUsed
for (let i = 0; i < requests; i++) answer()
const bytes = (process.memoryUsage().heapUsed - before) / requests
console.log(JSON.stringify({ bytes, written }))
// The metrics look at the event loop until the end.
process.exit()

/** As a server does that collects. */
function signDecisions(): DecisionEvents {
  const write = createTokenWriter({ id: 1, secret: Buffer.alloc(32, 7) })
  const number = createNumbering()
  const sign: DecisionEvents['sign'] = (decision) => write(decision, number(now()))
  return { baseUrl: undefined, sign, countOptOut: () => {} }
}

function answer(): void {
  listener(incoming, outgoing as never)
}
