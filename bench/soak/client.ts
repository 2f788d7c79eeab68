/** Requests of visitors over kept connections. */
import { Agent, type IncomingHttpHeaders, request } from 'node:http'

/** An answer; status 0: there was none. */
export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What is asked. */
export interface Question {
  readonly path: string
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Asks the server, and never fails. */
export type Ask = (question: Question) => Promise<Reply>

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const TIMEOUT_MS = 10_000

/** Makes a client of a port of this machine. */
export function createClient(port: number): Ask {
  const agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: 30_000 })
  return ({ path, method = 'GET', headers = {}, body }) =>
    new Promise((resolve) => {
      const fail = (error: Error) => resolve({ status: 0, headers: {}, body: error.message })
      const sent = request({
        ...{ host: '127.0.0.1', port, path, method, agent, timeout: TIMEOUT_MS },
        headers: { 'user-agent': BROWSER, ...headers },
      })
      sent.on('error', fail)
      sent.on('timeout', () => sent.destroy(new Error('no answer in 10 s')))
      sent.on('response', (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', fail)
        incoming.on('end', () => {
          const { statusCode: status = 0, headers: received } = incoming
          resolve({ status, headers: received, body: Buffer.concat(chunks).toString('utf8') })
        })
      })
      sent.end(body)
    })
}
