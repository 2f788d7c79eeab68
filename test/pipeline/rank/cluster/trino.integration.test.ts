import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { PipelineError } from '../../../../pipeline/base/errors.ts'
import type { Cluster, TextRow } from '../../../../pipeline/rank/cluster/cluster.ts'
import { createTrino, type TrinoOptions } from '../../../../pipeline/rank/cluster/trino.ts'
import {
  type Answer,
  type ScriptedServer,
  type SeenRequest,
  withScriptedServer,
} from '../../../helpers/http-script.ts'

const STATEMENT = { name: 'pools', sql: 'select 1' }
/** No test waits longer between tries; two waits are three tries. */
const WAITS_MS = [1, 1]

interface Talk extends ScriptedServer {
  readonly trino: Cluster
  readonly controller: AbortController
}

/** Gives `fn` a connection to a Trino that answers by a script. */
function withTrino<T>(
  answer: (request: SeenRequest, url: string, count: number) => Answer,
  fn: (talk: Talk) => Promise<T>,
  options: Partial<TrinoOptions> = {},
): Promise<T> {
  return withScriptedServer(answer, (server) => {
    const controller = new AbortController()
    const trino = createTrino(
      {
        url: server.url,
        catalog: 'hive',
        schema: 'pools_1',
        user: 'analyst',
        session: {},
        queryTimeout: 60,
        signal: controller.signal,
        ...options,
      },
      WAITS_MS,
    )
    return fn({ ...server, trino, controller })
  })
}

async function rowsOf(trino: Cluster): Promise<TextRow[]> {
  const rows: TextRow[] = []
  await trino.run(STATEMENT, (page) => rows.push(...page))
  return rows
}

/** A query of three pages, the second without rows. */
function threePages({ path }: SeenRequest, url: string): Answer {
  if (path === '/v1/statement') return { id: 'q', nextUri: `${url}/1` }
  if (path === '/1') return { id: 'q', nextUri: `${url}/2`, data: [['a'], [null]] }
  if (path === '/2') return { id: 'q', nextUri: `${url}/3`, data: [] }
  return { id: 'q', data: [['9007199254740993']], stats: { physicalInputBytes: 12 } }
}

describe('createTrino', () => {
  it('gives the rows of all pages as they are', async () => {
    await withTrino(threePages, async ({ trino }) => {
      expect(await rowsOf(trino)).toEqual([['a'], [null], ['9007199254740993']])
      expect(trino.scannedBytes()).toBe(12)
    })
  })

  it('says who asks, where, and how long a query may take', async () => {
    const session = { 'hive.max_split_size': '64kB', 'a b': 'ä' }
    await withTrino(
      threePages,
      async ({ trino, seen }) => {
        await trino.run(STATEMENT)

        expect(seen[0]?.body).toBe('select 1')
        expect(seen[0]?.headers).toMatchObject({
          'x-trino-user': 'analyst',
          'x-trino-source': 'banner-pools',
          'x-trino-catalog': 'hive',
          'x-trino-schema': 'pools_1',
          'x-trino-session': 'hive.max_split_size=64kB,a b=%C3%A4,query_max_run_time=60s',
        })
        expect(seen.every(({ headers }) => headers.authorization === undefined)).toBe(true)
      },
      { session },
    )
  })

  it.each([
    ['a password', { password: 'p:ss' }, `Basic ${Buffer.from('analyst:p:ss').toString('base64')}`],
    ['a token', { token: 'header.body.seal' }, 'Bearer header.body.seal'],
  ])('logs in with %s at each request', async (_, secret, header) => {
    await withTrino(
      threePages,
      async ({ trino, seen }) => {
        await trino.run(STATEMENT)

        expect(seen.map(({ headers }) => headers.authorization)).toEqual(Array(4).fill(header))
        expect(seen[0]?.headers['x-trino-user']).toBe('analyst')
      },
      secret,
    )
  })

  it.each([429, 502, 503, 504])('tries again at status %i', async (status) => {
    const answer = (request: SeenRequest, url: string, count: number) =>
      count % 2 === 1 ? status : threePages(request, url)
    await withTrino(answer, async ({ trino, seen }) => {
      expect((await rowsOf(trino)).length).toBe(3)
      expect(seen.length).toBe(8)
    })
  })

  it('asks again for a page where the connection breaks', async () => {
    const answer = (request: SeenRequest, url: string, count: number) =>
      count === 2 ? 'hang up' : threePages(request, url)
    await withTrino(answer, async ({ trino }) => {
      expect((await rowsOf(trino)).length).toBe(3)
    })
  })

  it('sends no statement twice that may be running', async () => {
    await withTrino(
      () => 'hang up',
      async ({ trino, seen, url }) => {
        await expect(trino.run(STATEMENT)).rejects.toThrow(
          `Trino cannot be reached (ECONNRESET), see --trino-url: ${url}`,
        )
        expect(seen.length).toBe(1)
      },
    )
  })

  it.each([
    [503, 3, 'Trino answers 503, see --trino-url: '],
    [404, 1, 'Trino answers 404, see --trino-url: '],
    [401, 1, 'Trino refuses the login (401), see --trino-user, TRINO_PASSWORD and TRINO_TOKEN: '],
  ])('gives up at status %i after %i tries', async (status, tries, message) => {
    await withTrino(
      () => status,
      async ({ trino, seen, url }) => {
        await expect(trino.run(STATEMENT)).rejects.toThrow(`${message}${url}`)
        expect(seen.length).toBe(tries)
      },
    )
  })

  it('shows no secret in an error', async () => {
    await withTrino(
      () => 401,
      async ({ trino }) => {
        const error: unknown = await trino.run(STATEMENT).catch((reason: unknown) => reason)

        expect(error).toBeInstanceOf(Error)
        const shown = inspect(error, { depth: 20, showHidden: true })
        expect(shown).not.toContain('hush')
        expect(shown).not.toContain(Buffer.from('analyst:hush').toString('base64'))
      },
      { password: 'hush' },
    )
  })

  it.each([
    [
      'SYNTAX_ERROR',
      'line 1:8: no such column\nand more',
      'Trino refuses pools: line 1:8: no such column (SYNTAX_ERROR)',
    ],
    [
      'CATALOG_NOT_FOUND',
      "Catalog 'hive' not found",
      'Trino has no such catalog, see --catalog: hive',
    ],
    ['EXCEEDED_TIME_LIMIT', 'too long', 'query ran over 60 s, see --query-timeout: pools'],
  ])('ends with one line at a query that fails: %s', async (errorName, message, line) => {
    const answer = ({ path }: SeenRequest, url: string) =>
      path === '/v1/statement'
        ? { id: 'q', nextUri: `${url}/1` }
        : { id: 'q', error: { errorName, message } }
    await withTrino(answer, async ({ trino }) => {
      await expect(trino.run(STATEMENT)).rejects.toThrow(new PipelineError(line))
    })
  })

  it('cancels its query when it is interrupted', async () => {
    const answer = ({ method, path }: SeenRequest, url: string) => {
      if (method === 'DELETE') return 204
      return path === '/v1/statement' ? { id: 'q', nextUri: `${url}/1` } : 'wait'
    }
    await withTrino(answer, async ({ trino, controller, seen }) => {
      const running = trino.run(STATEMENT)
      while (seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 1))

      controller.abort()

      await expect(running).rejects.toThrow('interrupted, nothing published')
      expect(seen.at(-1)).toMatchObject({ method: 'DELETE', path: '/1' })
    })
  })

  it('runs nothing more after an interruption but what tidies up', async () => {
    await withTrino(threePages, async ({ trino, controller, seen }) => {
      controller.abort()

      await expect(trino.run(STATEMENT)).rejects.toThrow('interrupted')
      expect(seen).toEqual([])
      await trino.tidy(STATEMENT)
      expect(seen.length).toBe(4)
    })
  })

  it('cancels a query that the limit of the cluster does not end', async () => {
    const answer = ({ method }: SeenRequest, url: string): Answer =>
      method === 'DELETE' ? 204 : { id: 'q', nextUri: `${url}/1` }
    await withTrino(
      answer,
      async ({ trino, seen }) => {
        await expect(trino.run(STATEMENT)).rejects.toThrow('query ran over')
        expect(seen.at(-1)?.method).toBe('DELETE')
      },
      // The grace of ten seconds is over at once.
      { queryTimeout: -10 },
    )
  })

  it('sends its login to no plain address that a coordinator behind TLS gives', async () => {
    const { signal } = new AbortController()
    const answer = () => ({ id: 'q', nextUri: 'http://trino/1' })
    await withScriptedServer(answer, async (server) => {
      // The scheme alone decides, so a proxy of axios may stand for TLS.
      vi.stubEnv('https_proxy', server.url)
      vi.stubEnv('no_proxy', '')
      const options = { catalog: 'hive', schema: 's', user: 'u', session: {}, queryTimeout: 9 }
      const trino = createTrino({ ...options, url: 'https://trino', signal }, WAITS_MS)

      await expect(trino.run(STATEMENT)).rejects.toThrow(
        'Trino answers with plain http:// addresses, set its http-server.process-forwarded: https://trino',
      )
      expect(server.seen.length).toBe(1)
      vi.unstubAllEnvs()
    })
  })

  it('names the file of authorities that cannot be read', () => {
    const { signal } = new AbortController()
    const options = {
      catalog: 'hive',
      schema: 's',
      user: 'u',
      session: {},
      queryTimeout: 1,
      signal,
    }

    expect(() =>
      createTrino({ ...options, url: 'https://localhost', caFile: '/no/ca.pem' }),
    ).toThrow('cannot be read (ENOENT), see --trino-ca: /no/ca.pem')
  })
})
