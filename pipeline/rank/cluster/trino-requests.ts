/** One request to Trino, sent again where that may help. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { QueryResult } from 'trino-client'
import { PipelineError } from '../../base/errors.ts'
import { interruptedError } from './cluster.ts'

/** A request as axios takes it. */
export interface TrinoRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly url: string
  readonly data?: string
  readonly signal?: AbortSignal
  /** In ms. */
  readonly timeout?: number
}

/** The part of the client that is used: it adds the login and the session's headers. */
export type Send = (request: TrinoRequest) => Promise<QueryResult>

/** A way to a coordinator. */
export interface Line {
  readonly send: Send
  /** Of the coordinator, for messages. */
  readonly url: string
  /** Between tries, in ms. */
  readonly waitsMs: readonly number[]
  /** Null while tidying up. */
  readonly signal: AbortSignal | null
}

/** About half a minute in all, as long as a coordinator needs to come back. */
export const RETRY_WAITS_MS: readonly number[] = [250, 500, 1000, 2000, 4000, 8000, 16_000]

/** A coordinator answers within seconds, whatever a query does; without an answer the line is dead. */
const REQUEST_LIMIT_MS = 60_000

/**
 * Sends a request until it is answered.
 *
 * @throws {PipelineError} If that is not to be expected, the tries are used up, or the build is interrupted.
 */
export async function retried(line: Line, request: TrinoRequest): Promise<QueryResult> {
  const { send, url, signal, waitsMs } = line
  for (let tries = 0; ; tries += 1) {
    assertGoesOn(signal)
    try {
      return await send({ ...request, timeout: REQUEST_LIMIT_MS, ...(signal && { signal }) })
    } catch (error) {
      assertGoesOn(signal)
      const waitMs = waitsMs[tries]
      if (!isPassing(error, request.method) || waitMs === undefined) {
        throw unreachable(error, url)
      }
      await sleep(waitMs, undefined, { ...(signal && { signal }) }).catch(() => undefined)
    }
  }
}

/** What axios says of a request that failed; the rest of its error holds the password. */
interface RequestFailure {
  readonly code?: string
  readonly message: string
  readonly response?: { readonly status: number }
}

/** Statuses by which a Trino asks to come again, and by which a proxy says that it is away. */
const PASSING_STATUSES = new Set([429, 502, 503, 504])
/** The connection broke under way. A statement that was sent may be running, so it is not sent again. */
const BROKEN_CODES = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT'])

function isPassing(error: unknown, method: string): boolean {
  const { code = '', response } = error as RequestFailure
  if (response !== undefined) return PASSING_STATUSES.has(response.status)
  return method === 'GET' && (BROKEN_CODES.has(code) || code === 'ECONNREFUSED')
}

function unreachable(error: unknown, url: string): PipelineError {
  const { code, message, response } = error as RequestFailure
  const status = response?.status
  if (status === 401 || status === 403) {
    return new PipelineError(
      `Trino refuses the login (${status}), see --trino-user, TRINO_PASSWORD and TRINO_TOKEN: ${url}`,
    )
  }
  if (status !== undefined) {
    return new PipelineError(`Trino answers ${status}, see --trino-url: ${url}`)
  }
  if (/CERT|SIGNED|TLS|SSL/.test(code ?? '')) {
    return new PipelineError(`Trino's certificate is not trusted (${code}), see --trino-ca: ${url}`)
  }
  return new PipelineError(`Trino cannot be reached (${code ?? message}), see --trino-url: ${url}`)
}

function assertGoesOn(signal: AbortSignal | null): void {
  if (signal?.aborted === true) throw interruptedError()
}
