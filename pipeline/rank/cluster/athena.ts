/** Athena by its SDK, the only module that knows it. Region, login and endpoint are found as by all of Amazon's tools. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  type QueryExecution,
  type Row,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena'
import { PipelineError } from '../../base/errors.ts'
import { awsFailure } from './aws-failure.ts'
import {
  type Cluster,
  interruptedError,
  type OnRows,
  type Statement,
  tooLongError,
} from './cluster.ts'

/** How Athena is reached. */
export interface AthenaOptions {
  readonly workgroup: string
  readonly catalog: string
  /** The work schema. */
  readonly schema: string
  /** Folder for results, unless the workgroup has one that it insists on: `s3://bucket/work/results/`. */
  readonly outputLocation: string
  /** Of one query, in seconds. */
  readonly queryTimeout: number
  /** Interrupts the query under way. */
  readonly signal: AbortSignal
}

/** Requests are throttled by account; the SDK waits longer from try to try. */
const MAX_ATTEMPTS = 8
/** Between looks at a query, in ms: soon at first, since many statements are short. */
const POLL_MS = { first: 200, most: 2000, growth: 1.5 }

/** Makes a connection; nothing is sent yet. */
export function createAthena(options: AthenaOptions): Cluster {
  const client = new AthenaClient({ maxAttempts: MAX_ATTEMPTS })
  const session: Session = { client, options, signal: options.signal, scanned: { bytes: 0 } }
  return {
    run: async (statement, onRows) => {
      await runQuery(session, statement, onRows)
    },
    tidy: async (statement) => {
      await runQuery({ ...session, signal: null }, statement)
    },
    async version() {
      const execution = await runQuery(session, {
        name: 'version',
        sql: 'select 1',
        isOutside: true,
      })
      return execution.EngineVersion?.EffectiveEngineVersion ?? 'unknown'
    },
    scannedBytes: () => session.scanned.bytes,
  }
}

interface Session {
  readonly client: AthenaClient
  readonly options: AthenaOptions
  /** Null while tidying up. */
  readonly signal: AbortSignal | null
  readonly scanned: { bytes: number }
}

async function runQuery(
  session: Session,
  statement: Statement,
  onRows?: OnRows,
): Promise<QueryExecution> {
  const { signal, scanned } = session
  if (signal?.aborted === true) throw interruptedError()
  const refuse = (error: unknown) =>
    awsFailure(`Athena refuses ${statement.name}`, '--workgroup', error)
  const id = await start(session, statement).catch(refuse)
  const execution = await waitFor(session, statement, id).catch(async (error: unknown) => {
    // A query that is over cannot be stopped.
    await session.client
      .send(new StopQueryExecutionCommand({ QueryExecutionId: id }))
      .catch(() => undefined)
    return refuse(error)
  })
  scanned.bytes += execution.Statistics?.DataScannedInBytes ?? 0
  if (onRows !== undefined) await readResults(session, id, onRows).catch(refuse)
  return execution
}

async function start({ client, options }: Session, { sql, isOutside }: Statement): Promise<string> {
  const { QueryExecutionId } = await client.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      WorkGroup: options.workgroup,
      QueryExecutionContext: {
        Catalog: options.catalog,
        ...(isOutside === true ? {} : { Database: options.schema }),
      },
      ResultConfiguration: { OutputLocation: options.outputLocation },
    }),
  )
  if (QueryExecutionId === undefined) throw new Error('Athena gave a query no id')
  return QueryExecutionId
}

async function waitFor(
  { client, options, signal }: Session,
  statement: Statement,
  id: string,
): Promise<QueryExecution> {
  const endMs = Date.now() + options.queryTimeout * 1000
  for (let waitMs = POLL_MS.first; ; waitMs = Math.min(waitMs * POLL_MS.growth, POLL_MS.most)) {
    const { QueryExecution: execution } = await client.send(
      new GetQueryExecutionCommand({ QueryExecutionId: id }),
    )
    const { State, StateChangeReason = 'no reason given' } = execution?.Status ?? {}
    if (State === 'SUCCEEDED' && execution !== undefined) return execution
    if (State === 'FAILED' || State === 'CANCELLED') {
      throw new PipelineError(`Athena refuses ${statement.name}: ${StateChangeReason}`)
    }
    if (Date.now() > endMs) throw tooLongError(statement, options.queryTimeout)
    await sleep(waitMs, undefined, signal === null ? {} : { signal }).catch(() => undefined)
    if (signal?.aborted === true) throw interruptedError()
  }
}

/** The first row of a result names its columns; a value that is missing is null. */
async function readResults({ client }: Session, id: string, onRows: OnRows): Promise<void> {
  let NextToken: string | undefined
  let isFirst = true
  do {
    const page = await client.send(
      new GetQueryResultsCommand({
        QueryExecutionId: id,
        ...(NextToken === undefined ? {} : { NextToken }),
      }),
    )
    const rows = (page.ResultSet?.Rows ?? []).map(readTexts)
    onRows(isFirst ? rows.slice(1) : rows)
    isFirst = false
    NextToken = page.NextToken
  } while (NextToken !== undefined)
}

function readTexts({ Data = [] }: Row): (string | null)[] {
  return Data.map(({ VarCharValue }) => VarCharValue ?? null)
}
