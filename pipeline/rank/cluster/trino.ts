/**
 * Trino by `trino-client`, the only module that knows it. That client gives out a failed query like any other page, gives
 * up at the first 503, waits without a limit, and its errors hold the password: all four are seen to here.
 */
import { readFileSync } from 'node:fs'
import { BasicAuth, type ConnectionOptions, type QueryError, Trino } from 'trino-client'
import { PipelineError } from '../../base/errors.ts'
import { type Cluster, type OnRows, type Statement, type TextRow, tooLongError } from './cluster.ts'
import { type Line, RETRY_WAITS_MS, retried, type Send } from './trino-requests.ts'

/** How a Trino is reached. */
export interface TrinoOptions {
  /** `https://trino.example.com` */
  readonly url: string
  readonly catalog: string
  /** The work schema. */
  readonly schema: string
  readonly user: string
  /** At most one of the two; neither is ever shown. */
  readonly password?: string
  readonly token?: string
  /** A PEM file of authorities to trust, instead of those that Node brings. */
  readonly caFile?: string
  /** Session properties by name. */
  readonly session: Readonly<Record<string, string>>
  /** Of one query, in seconds. */
  readonly queryTimeout: number
  /** Interrupts the query under way. */
  readonly signal: AbortSignal
}

/** The cluster itself ends a query at the limit; this much later it is cancelled from here, in seconds. */
const GRACE_SECONDS = 10

/** Whoever pressed Ctrl-C waits for it. */
const CANCEL_LIMIT_MS = 5000

/**
 * Makes a connection; nothing is sent yet.
 *
 * @throws {PipelineError} If the file of authorities cannot be read.
 */
export function createTrino(options: TrinoOptions, waitsMs = RETRY_WAITS_MS): Cluster {
  const send = findSender(Trino.create(buildConnection(options)))
  const scanned = { bytes: 0 }
  const { url, signal } = options
  const session: Session = { send, url, waitsMs, signal, options, scanned }
  return {
    run: (statement, onRows) => runQuery(session, statement, onRows),
    tidy: (statement) => runQuery({ ...session, signal: null }, statement),
    async version() {
      let version = ''
      await runQuery(session, { name: 'version', sql: 'select version()' }, ([row]) => {
        version = row?.[0] ?? ''
      })
      return version
    },
    scannedBytes: () => scanned.bytes,
  }
}

/**
 * The client's own loop hides the query's id and next address until the first row, which for a `create table` is its
 * end: nothing could be cancelled. Its requests are as good without the loop, though they are private.
 */
function findSender(trino: Trino): Send {
  const { client } = trino as unknown as { readonly client?: { readonly request: Send } }
  if (client === undefined) throw new Error('trino-client has another form than the pinned one')
  return (request) => client.request(request)
}

function buildConnection(options: TrinoOptions): ConnectionOptions {
  const { url, catalog, schema, user, password, token, caFile, session, queryTimeout } = options
  const properties = { ...session, query_max_run_time: `${queryTimeout}s` }
  return {
    server: url,
    source: 'banner-pools',
    catalog,
    schema,
    session: Object.fromEntries(
      Object.entries(properties).map(([name, value]) => [name, encodeURIComponent(value)]),
    ),
    ...(password === undefined ? {} : { auth: new BasicAuth(user, password) }),
    extraHeaders: {
      'X-Trino-User': user,
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    ...(caFile === undefined ? {} : { ssl: { ca: readCaFile(caFile) } }),
  }
}

function readCaFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new PipelineError(`cannot be read (${code}), see --trino-ca: ${path}`)
  }
}

interface Session extends Line {
  readonly options: TrinoOptions
  readonly scanned: { bytes: number }
}

/** Follows the pages of a query; leaving early for any reason ends it on the cluster as well. */
async function runQuery(session: Session, statement: Statement, onRows?: OnRows): Promise<void> {
  const { options, scanned } = session
  const endMs = Date.now() + (options.queryTimeout + GRACE_SECONDS) * 1000
  let next: string | undefined
  try {
    let page = await retried(session, { method: 'POST', url: '/v1/statement', data: statement.sql })
    for (;;) {
      next = safeAddress(page.nextUri, options.url)
      if (page.error !== undefined) throw refusal(statement, page.error, options)
      if (page.data !== undefined && page.data.length > 0) onRows?.(page.data as TextRow[])
      if (next === undefined) {
        scanned.bytes += page.stats?.physicalInputBytes ?? 0
        return
      }
      if (Date.now() > endMs) throw tooLongError(statement, options.queryTimeout)
      page = await retried(session, { method: 'GET', url: next })
    }
  } catch (error) {
    if (next !== undefined) await cancel(session, next)
    throw error
  }
}

/** A coordinator that does not know of the TLS in front of it would have the login sent in the open. */
function safeAddress(next: string | undefined, url: string): string | undefined {
  if (next === undefined || next.startsWith('https:') || !url.startsWith('https:')) return next
  throw new PipelineError(
    `Trino answers with plain http:// addresses, set its http-server.process-forwarded: ${url}`,
  )
}

/** A query that is over cannot be cancelled, and a coordinator that is gone has none. */
async function cancel({ send }: Session, url: string): Promise<void> {
  await send({ method: 'DELETE', url, timeout: CANCEL_LIMIT_MS }).catch(() => undefined)
}

function refusal(statement: Statement, error: QueryError, options: TrinoOptions): PipelineError {
  const { errorName, message } = error
  if (errorName === 'CATALOG_NOT_FOUND') {
    return new PipelineError(`Trino has no such catalog, see --catalog: ${options.catalog}`)
  }
  if (errorName === 'EXCEEDED_TIME_LIMIT') return tooLongError(statement, options.queryTimeout)
  return new PipelineError(`Trino refuses ${statement.name}: ${firstLine(message)} (${errorName})`)
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? ''
}
