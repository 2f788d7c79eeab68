import { once } from 'node:events'
import { stat, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { rowsOf, writeBuild } from '../../../scripts/lib/pool-files.ts'
import { parseLog, runServer } from '../../../scripts/lib/run-server.ts'
import { removeStaleSocket } from '../../../server/base/unix-socket.ts'
import { withFolder } from '../../helpers/folders.ts'

/** Runs `fn` with the flags of a server at a socket, and the path of the socket. */
function withSocket(fn: (flags: string[], path: string) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    await writeBuild(folder, rowsOf({ 7: [30, 10] }))
    const path = join(folder, 'server.sock')
    await fn(['--artifacts', folder, '--host', `unix:${path}`], path)
  })
}

async function ask(socketPath: string): Promise<unknown> {
  const sent = request({ socketPath, path: '/campaigns/7', headers: { host: 'ads.example' } })
  sent.end()
  const [response] = await once(sent, 'response')
  return json(response)
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

describe('serve --host unix:PATH', () => {
  it.each([
    [[], 0o660, 'off'],
    [
      ['--workers', '2', '--socket-mode', '600', '--explorer-port', '0'],
      0o600,
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    ],
  ])('with %j answers there, and takes the file away', async (more, mode, explorer) => {
    await withSocket(async (flags, path) => {
      const seen: unknown[] = []

      const result = await runServer([...flags, ...more], async (url) => {
        seen.push(url, (await stat(path)).mode & 0o777, await ask(path))
      })

      expect(seen).toEqual([
        `unix:${path}`,
        mode,
        expect.objectContaining({
          campaign_id: 7,
          image_url: expect.stringMatching(/^http:\/\/ads\.example\/images\/[13]0$/),
        }),
      ])
      expect(result.code).toBe(0)
      expect(parseLog(result)[0]).toMatchObject({ url: `unix:${path}`, explorer })
      expect(await exists(path)).toBe(false)
    })
  })

  it('takes the place of a server that was killed', async () => {
    await withSocket(async (flags, path) => {
      await runServer(flags, async (_, child) => {
        child.kill('SIGKILL')
        await once(child, 'exit')
      })
      expect(await exists(path)).toBe(true)
      const answers: unknown[] = []

      const result = await runServer(flags, async () => {
        answers.push(await ask(path))
      })

      expect(answers).toEqual([expect.objectContaining({ campaign_id: 7 })])
      expect(result.code).toBe(0)
    })
  })

  it('leaves the socket of a server that listens, and says so', async () => {
    await withSocket(async (flags, path) => {
      const other = createServer((_, outgoing) => outgoing.end('{}')).listen(path)
      await once(other, 'listening')

      const result = await runServer(flags)
      const answer = await ask(path)
      other.close()

      expect(result).toMatchObject({
        code: 1,
        stderr: `serve: another server listens there, choose another with --host: ${path}\n`,
      })
      expect(answer).toEqual({})
    })
  })
})

describe('removeStaleSocket', () => {
  it('leaves a file that is no socket', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'notes.txt')
      await writeFile(path, 'mine')

      await expect(removeStaleSocket(path)).rejects.toThrow(
        `the file is no socket, choose another with --host: ${path}`,
      )
      expect(await exists(path)).toBe(true)
    })
  })

  it('names a folder that does not exist', async () => {
    await withFolder(async (folder) => {
      await expect(removeStaleSocket(join(folder, 'none', 'a.sock'))).rejects.toThrow(
        `the folder of the socket does not exist, see --host: ${join(folder, 'none')}`,
      )
    })
  })

  it('names a folder that cannot be one, since a file is above it', async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'file'), '')

      await expect(removeStaleSocket(join(folder, 'file', 'x', 'a.sock'))).rejects.toThrow(
        `the folder of the socket does not exist, see --host: ${join(folder, 'file', 'x')}`,
      )
    })
  })
})
