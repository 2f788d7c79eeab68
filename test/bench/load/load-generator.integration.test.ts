import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { generateLoad, type Load } from '../../../bench/load/load-generator.ts'
import { percentile } from '../../../bench/load/load-report.ts'

const REQUEST = { text: 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', faultOf: () => undefined }
const LOAD = { host: '127.0.0.1', rate: 500, seconds: 1, connections: 4, next: () => REQUEST }

/** Loads a server that answers as told. */
async function loadServer(listener: RequestListener, changes: Partial<Load> = {}) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo
    return await generateLoad({ ...LOAD, port, ...changes })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('generateLoad', () => {
  it('sends as many requests a second as asked', async () => {
    const result = await loadServer((_, response) => response.end('{}'))

    expect(result.requests).toBe(500)
    expect(result.rate).toBeGreaterThan(400)
    expect(result.faults).toEqual(new Map())
  })

  it('counts from when a request was due, also if a stall kept it from being sent', async () => {
    const startMs = performance.now()
    const result = await loadServer((_, response) => {
      const elapsedMs = performance.now() - startMs
      const stallMs = elapsedMs > 300 && elapsedMs < 700 ? 700 - elapsedMs : 0
      setTimeout(() => response.end('{}'), stallMs)
    })

    // 500/s for 0.4 s are 200 requests; those due in the first half of that wait for 200 ms or more.
    const slow = result.latenciesMs.filter((ms) => ms > 190)
    expect(slow.length).toBeGreaterThan(80)
    // A closed loop would have sent 4 of them, one for each connection: under its p99.
    expect(percentile(result.latenciesMs, 0.9)).toBeGreaterThan(190)
  })

  it('opens another connection where the server closes one after its answer', async () => {
    const result = await loadServer((_, response) => {
      response.setHeader('Connection', 'close').end('{}')
    })

    expect(result.faults).toEqual(new Map())
  })

  it('reports what was closed without an answer', async () => {
    let turn = 0
    const next = () => ({ ...REQUEST, faultOf: ({ head }: { head: string }) => faultOf(head) })
    const faultOf = (head: string) => (head === 'connection closed' ? head : undefined)
    const result = await loadServer(
      (request, response) => {
        if (++turn % 10 === 0) request.socket.destroy()
        else response.end('{}')
      },
      { next },
    )

    expect(result.faults).toEqual(new Map([['connection closed', 50]]))
  })
})
