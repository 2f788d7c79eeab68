import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type Answer, writeAnswer } from '../../../server/base/answer.ts'

/** What a client gets, byte by byte. */
async function receive(answer: Answer) {
  const server = createServer((_, outgoing) => writeAnswer(outgoing, answer))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    const body = Buffer.from(await response.arrayBuffer())
    return { length: response.headers.get('content-length'), body }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('writeAnswer', () => {
  it.each([
    ['ASCII', '{"alt":"Sale"}', '14'],
    ['characters of Latin-1', '{"alt":"Grüße"}', '17'],
    ['characters of other scripts', '{"alt":"折扣 😀"}', '21'],
    ['nothing', '', '0'],
  ])('writes a body of %s as UTF-8, and tells its bytes', async (_, text, length) => {
    const received = await receive({ status: 200, headers: {}, body: text })

    expect(received).toEqual({ length, body: Buffer.from(text, 'utf8') })
  })

  it('writes bytes as they are', async () => {
    const body = Uint8Array.of(0, 127, 128, 255)

    const received = await receive({ status: 200, headers: {}, body })

    expect(received).toEqual({ length: '4', body: Buffer.from(body) })
  })
})
