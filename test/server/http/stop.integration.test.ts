import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { rowsOf, writeBuild } from '../../../scripts/lib/pool-files.ts'
import { runServer } from '../../../scripts/lib/run-server.ts'
import { withFolder } from '../../helpers/folders.ts'

const REQUEST = 'GET /campaigns/7 HTTP/1.1\r\nHost: localhost\r\n\r\n'

/** What became of a client's connection: answers that came whole, and how it ended. */
interface Ended {
  readonly answers: number
  readonly fault: string | undefined
}

/** Asks on one connection again and again, 5 ms after each answer, until the server says that it was the last. */
async function keepAsking(port: number): Promise<Ended> {
  const socket = connect(port, '127.0.0.1')
  let answers = 0
  let fault: string | undefined
  let text = ''
  socket.on('error', (error: NodeJS.ErrnoException) => {
    fault = error.code
  })
  socket.on('data', async (chunk) => {
    text += chunk
    if (!text.endsWith('}')) return
    answers++
    const isLast = /^connection: close\r$/im.test(text)
    text = ''
    await sleep(5)
    if (!isLast) socket.write(REQUEST)
  })
  socket.write(REQUEST)
  await once(socket, 'close')
  if (text !== '') fault = 'an answer was cut'
  return { answers, fault }
}

describe('SIGTERM', () => {
  it('resets no connection, and is not ready while it drains', async () => {
    await withFolder(async (folder) => {
      await writeBuild(folder, rowsOf({ 7: [30, 10] }))
      const flags = ['--artifacts', folder, '--port', '0', '--ops-port', '0', '--drain-delay', '1']
      let clients: Promise<Ended>[] = []
      const statuses: number[] = []

      const result = await runServer(flags, async (url, child, ops) => {
        const port = Number(new URL(url).port)
        clients = Array.from({ length: 50 }, () => keepAsking(port))
        statuses.push((await fetch(`${ops}/readyz`)).status)
        await sleep(300)
        child.kill('SIGTERM')
        await sleep(300)
        statuses.push((await fetch(`${ops}/readyz`)).status)
        // Still listening: a balancer that has not noticed yet is served.
        const late = await fetch(`${url}/campaigns/7`)
        statuses.push(late.status)
        expect(late.headers.get('connection')).toBe('close')
        await Promise.all(clients)
      })
      const ended = await Promise.all(clients)

      expect(statuses).toEqual([200, 503, 200])
      expect(result.code).toBe(0)
      expect(ended.map(({ fault }) => fault)).toEqual(Array(50).fill(undefined))
      expect(Math.min(...ended.map(({ answers }) => answers))).toBeGreaterThan(0)
    })
  })

  it('lets go of idle connections, and exits', async () => {
    await withFolder(async (folder) => {
      await writeBuild(folder, rowsOf({ 7: [30] }))
      let stoppedMs = 0

      const result = await runServer(['--artifacts', folder, '--port', '0'], async (url, child) => {
        const socket = connect(Number(new URL(url).port), '127.0.0.1')
        socket.write(REQUEST)
        await once(socket, 'data')
        const startMs = performance.now()
        const exited = once(child, 'exit')
        child.kill('SIGTERM')
        await once(socket, 'close')
        // A second signal at the very end of a process would be what it ended by.
        await exited
        stoppedMs = performance.now() - startMs
      })

      expect(result.code).toBe(0)
      expect(stoppedMs).toBeGreaterThan(900)
      expect(stoppedMs).toBeLessThan(4_000)
    })
  })
})
