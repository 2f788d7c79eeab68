/** The port of operations of a process of the pipeline. */
import { createServer, type Server } from 'node:http'
import { PipelineError } from '../base/errors.ts'

/** A listener, and how to end it. */
export interface OpsListener {
  readonly url: string
  readonly stop: () => Promise<void>
}

/**
 * Listens for operators.
 *
 * @param port - 0 takes any that is free.
 * @throws {PipelineError} If the port is taken or not allowed.
 */
export async function startOps(
  { port, host }: { port: number; host: string },
  answerUrl: (url: string) => OpsAnswer,
): Promise<OpsListener> {
  const server = createServer((request, response) => {
    const answer = answerUrl(request.url ?? '/')
    response.writeHead(answer.code, { 'content-type': answer.type, 'cache-control': 'no-store' })
    response.end(request.method === 'HEAD' ? undefined : answer.body)
  })
  await listen(server, port, host)
  const address = server.address()
  const actual = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const remedy = 'give --ops-port another one, or off'
      reject(new PipelineError(`cannot listen on port ${port} (${error.code}), ${remedy}`))
    })
    server.listen(port, host, resolve)
  })
}

/** A response. */
export interface OpsAnswer {
  readonly code: number
  readonly type: string
  readonly body: string
}

const TEXT = 'text/plain; charset=utf-8'
const METRICS = 'text/plain; version=0.0.4; charset=utf-8'

/** Answers a request for one of the paths that there are. */
export function answerPath(
  url: string,
  { metrics, hang, fault }: { metrics: () => string; hang: string | null; fault: string | null },
): OpsAnswer {
  const [path] = url.split('?')
  if (path === '/metrics') return { code: 200, type: METRICS, body: metrics() }
  if (path === '/livez') return health(hang)
  if (path === '/readyz') return health(fault)
  return { code: 404, type: TEXT, body: 'see /livez, /readyz, /metrics\n' }
}

function health(fault: string | null): OpsAnswer {
  return { code: fault === null ? 200 : 503, type: TEXT, body: `${fault ?? 'ok'}\n` }
}
