import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { MAX_WAITING, takeTurns } from '../../../server/http/turns.ts'

/** Sends requests at once on one connection and returns all that comes until it is closed or nothing comes for 300 ms. */
async function sendAtOnce(count: number, listener: RequestListener, onLimit = () => {}) {
  const server = createServer(takeTurns(listener, onLimit)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  const ended = once(socket, 'close')
  const requests = Array.from({ length: count }, (_, i) => `GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`)
  socket.write(requests.join(''))
  await Promise.race([ended, sleep(600)])
  socket.destroy()
  server.closeAllConnections()
  server.close()
  return text
}

describe('takeTurns', () => {
  it('answers requests sent ahead in their order, one at a time', async () => {
    let running = 0
    let greatest = 0

    const text = await sendAtOnce(20, async (incoming, outgoing) => {
      running++
      greatest = Math.max(greatest, running)
      await sleep(1)
      running--
      outgoing.end(`<${incoming.url}>`)
    })

    expect([...text.matchAll(/<\/(\d+)>/g)].map(([, n]) => Number(n))).toEqual(
      Array.from({ length: 20 }, (_, i) => i),
    )
    expect(greatest).toBe(1)
  })

  it('lets the event loop turn between two', async () => {
    let turns = 0
    let isDone = false
    const count = () => {
      turns++
      if (!isDone) setImmediate(count)
    }
    setImmediate(count)
    const seen: number[] = []

    await sendAtOnce(5, (_, outgoing) => {
      seen.push(turns)
      outgoing.end('x')
    })
    isDone = true

    expect(new Set(seen).size).toBe(5)
  })

  it('ends the connection of a client that sends too many ahead, after the last that waited', async () => {
    let limits = 0
    let calls = 0

    const text = await sendAtOnce(
      300,
      (_, outgoing) => {
        calls++
        outgoing.end('x')
      },
      () => limits++,
    )

    // The first is answered at once, the others wait.
    expect(calls).toBe(1 + MAX_WAITING)
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(1 + MAX_WAITING)
    expect(text.match(/connection: close/gi)).toHaveLength(1)
    expect(limits).toBe(1)
  })

  it('answers no request of a connection that is gone', async () => {
    const calls: string[] = []

    await sendAtOnce(5, (incoming) => {
      calls.push(incoming.url ?? '')
      incoming.socket.destroy()
    })

    expect(calls).toEqual(['/0'])
  })
})
