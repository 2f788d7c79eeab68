/** Connections that are slow on purpose, as slowhttptest makes them, with 400 of each kind: all are gone within 10 s. */
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { rowsOf, writeBuild } from '../../scripts/lib/pool-files.ts'
import { runServer } from '../../scripts/lib/run-server.ts'
import { withFolder } from '../helpers/folders.ts'

const SOCKETS = 400
const HEAD = 'GET /campaigns/7 HTTP/1.1\r\nHost: localhost\r\n'
const BODY = 'POST /campaigns/7 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n'

/** Opens sockets, lets `begin` and, each second, `drip` write, and counts those that are open after 10 s. */
async function countOpen(
  port: number,
  begin: (socket: Socket) => void,
  drip: (socket: Socket) => void = () => {},
): Promise<number> {
  const sockets = Array.from({ length: SOCKETS }, () => connect(port, '127.0.0.1'))
  const open = new Set(sockets)
  for (const socket of sockets) {
    socket.on('error', () => {})
    socket.once('close', () => open.delete(socket))
    socket.once('connect', () => begin(socket))
  }
  for (let second = 0; second < 10; second++) {
    await sleep(1_000)
    for (const socket of open) drip(socket)
  }
  for (const socket of sockets) socket.destroy()
  return open.size
}

/** Asks for 14 MB, more than the sockets' buffers hold, and reads nothing. */
function askWithoutReading(socket: Socket): void {
  socket.pause()
  socket.write('GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(10))
}

describe('400 slow sockets', () => {
  it.each([
    ['say nothing', (socket: Socket) => socket.resume(), undefined],
    [
      'send a header each second (-H)',
      (socket: Socket) => socket.resume().write(HEAD),
      (socket: Socket) => socket.write('X-A: b\r\n'),
    ],
    [
      'send a byte of the body each second (-B)',
      (socket: Socket) => socket.resume().write(BODY),
      (socket: Socket) => socket.write('x'),
    ],
    // Writing is how a socket that does not read learns that the other end is gone.
    ['do not read the answer (-X)', askWithoutReading, (socket: Socket) => socket.write('x')],
  ])('that %s are gone within 10 s, and others are served', async (_, begin, drip) => {
    await withFolder(async (folder) => {
      await writeBuild(folder, rowsOf({ 7: [30, 10] }))
      const open: number[] = []

      await runServer(['--artifacts', folder, '--port', '0'], async (url) => {
        const counting = countOpen(Number(new URL(url).port), begin, drip)
        for (let i = 0; i < 20; i++) {
          expect((await fetch(`${url}/campaigns/7`)).status).toBe(200)
          await sleep(200)
        }
        open.push(await counting)
      })

      expect(open).toEqual([0])
    })
  })
})
