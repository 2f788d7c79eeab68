import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'

/** A request as it came. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What is answered: a document, a bare status, or nothing, by hanging up or by waiting for ever. */
export type Answer = object | number | 'hang up' | 'wait'

/** A server that answers by a script. */
export interface ScriptedServer {
  readonly url: string
  readonly seen: readonly SeenRequest[]
}

/**
 * Gives `fn` a server on 127.0.0.1 and stops it afterwards.
 *
 * @param answer - Called for each request; `url` is the server's own address.
 */
export async function withScriptedServer<T>(
  answer: (request: SeenRequest, url: string, count: number) => Answer,
  fn: (server: ScriptedServer) => Promise<T>,
): Promise<T> {
  const seen: SeenRequest[] = []
  let url = ''
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { method = '', url: path = '', headers } = request
    const one = { method, path, headers, body }
    seen.push(one)
    const answered = answer(one, url, seen.length)
    if (answered === 'wait') return
    if (answered === 'hang up') {
      request.socket.destroy()
    } else if (typeof answered === 'number') {
      response.writeHead(answered).end()
    } else {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answered))
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  try {
    return await fn({ url, seen })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
