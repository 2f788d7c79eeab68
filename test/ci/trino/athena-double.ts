/**
 * A TEST DOUBLE of Athena and S3: it speaks the parts of their interfaces that the pipeline uses, keeps the objects as
 * local files, and passes every statement to the Trino of the tests. It shows that the pipeline asks Athena for the right
 * things in the right form; that Athena itself takes them is not shown.
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { dirname, join, relative } from 'node:path'
import { ask, type TrinoCluster } from '../../../scripts/lib/trino/cluster.ts'

/** A double that listens. */
export interface AthenaDouble {
  /** For `AWS_ENDPOINT_URL`. */
  readonly url: string
  /** Statements as they came, in order. */
  readonly statements: readonly string[]
  stop(): Promise<void>
}

/** Of a page of results, as the real one. */
const PAGE_ROWS = 1000

interface Execution {
  readonly status: { State: string; StateChangeReason?: string }
  readonly rows: readonly (readonly (string | null)[])[]
}

/** Starts the double. Its one bucket is `local:///` of the Trino. */
export async function startAthenaDouble(trino: TrinoCluster): Promise<AthenaDouble> {
  const executions = new Map<string, Execution>()
  const statements: string[] = []
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request)
    const target = request.headers['x-amz-target']
    try {
      if (target === undefined) {
        response.end(await answerS3(trino.folder, request, body))
        return
      }
      const action = String(target).split('.')[1] ?? ''
      const input = JSON.parse(body.toString()) as AthenaInput
      if (action === 'StartQueryExecution') statements.push(input.QueryString ?? '')
      response.setHeader('content-type', 'application/x-amz-json-1.1')
      response.end(JSON.stringify(await answerAthena(trino, executions, action, input)))
    } catch (error) {
      response.statusCode = 400
      const { message } = error as Error
      response.end(JSON.stringify({ __type: 'InvalidRequestException', message }))
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    statements,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

interface AthenaInput {
  readonly QueryString?: string
  readonly QueryExecutionContext?: { readonly Catalog?: string; readonly Database?: string }
  readonly WorkGroup?: string
  readonly QueryExecutionId?: string
  readonly NextToken?: string
}

async function answerAthena(
  trino: TrinoCluster,
  executions: Map<string, Execution>,
  action: string,
  input: AthenaInput,
): Promise<object> {
  if (action === 'StartQueryExecution') {
    if (input.WorkGroup !== 'primary') throw new Error('WorkGroup is not found.')
    const id = randomUUID()
    executions.set(id, await execute(trino, input))
    return { QueryExecutionId: id }
  }
  const id = input.QueryExecutionId ?? ''
  const execution = executions.get(id)
  if (execution === undefined) throw new Error(`QueryExecution ${id} was not found`)
  if (action === 'GetQueryExecution') {
    return {
      QueryExecution: {
        QueryExecutionId: id,
        Status: execution.status,
        Statistics: { DataScannedInBytes: 1000 },
        EngineVersion: { EffectiveEngineVersion: 'Athena engine version 3' },
      },
    }
  }
  if (action !== 'GetQueryResults') throw new Error(`not in the double: ${action}`)
  const start = Number(input.NextToken ?? 0)
  const end = start + PAGE_ROWS
  const rows = execution.rows.slice(start, end)
  const Rows = rows.map((row) => ({
    Data: row.map((value) => (value === null ? {} : { VarCharValue: value })),
  }))
  const isMore = end < execution.rows.length
  return { ResultSet: { Rows }, ...(isMore ? { NextToken: String(end) } : {}) }
}

/** As Athena: the first row of a result names its columns. */
async function execute(trino: TrinoCluster, input: AthenaInput): Promise<Execution> {
  const { QueryString = '', QueryExecutionContext: { Database } = {} } = input
  try {
    const rows = await ask(trino.url, inTrino(QueryString), Database)
    const names = ['the names of the columns']
    return { status: { State: 'SUCCEEDED' }, rows: [names, ...(rows as string[][])] }
  } catch (error) {
    const StateChangeReason = (error as Error).message
    return { status: { State: 'FAILED', StateChangeReason }, rows: [] }
  }
}

/** Hive's spelling of tables and databases to Trino's; everything else is the same in both. */
function inTrino(statement: string): string {
  const text = statement.replaceAll(/s3:\/\/[^/]+\//g, 'local:///')
  const [, database, location] = /^create database (\w+)\nlocation ('.*')$/.exec(text) ?? []
  if (database !== undefined) {
    return `create schema hive.${database} with (location = ${location})`
  }
  const dropped = /^drop database if exists (\w+) cascade$/.exec(text)?.[1]
  if (dropped !== undefined) return `drop schema if exists hive.${dropped} cascade`
  return text.startsWith('create external table') ? rawTable(text) : text
}

function rawTable(text: string): string {
  const form =
    /^create external table (\w+) \(([^)]*)\)\nrow format delimited fields terminated by ',' lines terminated by '\\n'\nstored as textfile\nlocation ('[^']*')(\ntblproperties \('skip.header.line.count' = '1'\))?$/
  const [, name, columns = '', location, header] = form.exec(text) ?? []
  if (name === undefined) throw new Error(`not in Hive's form: ${text}`)
  const properties = [
    `external_location = ${location}`,
    "format = 'TEXTFILE'",
    "textfile_field_separator = ','",
    ...(header === undefined ? [] : ['skip_header_line_count = 1']),
  ]
  return `create table ${name} (${columns.replaceAll(' string', ' varchar')}) with (${properties})`
}

/** Objects as files: put one, list those of a prefix, delete some. */
async function answerS3(folder: string, request: IncomingMessage, body: Buffer): Promise<string> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://s3')
  const key = decodeURIComponent(pathname).replace(/^\/[^/]+\/?/, '')
  if (request.method === 'PUT') {
    await mkdir(dirname(join(folder, key)), { recursive: true })
    await writeFile(join(folder, key), body)
    return ''
  }
  if (request.method === 'GET' && searchParams.get('list-type') === '2') {
    const keys = await keysBelow(folder, searchParams.get('prefix') ?? '')
    const contents = keys.map((one) => `<Contents><Key>${one}</Key></Contents>`)
    return `<ListBucketResult>${contents.join('')}</ListBucketResult>`
  }
  if (request.method === 'POST' && searchParams.has('delete')) {
    for (const [, one = ''] of body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)) {
      await rm(join(folder, one))
    }
    return '<DeleteResult></DeleteResult>'
  }
  throw new Error(`not in the double: ${request.method} ${request.url}`)
}

async function keysBelow(folder: string, prefix: string): Promise<string[]> {
  const entries = await readdir(join(folder, prefix), {
    recursive: true,
    withFileTypes: true,
  }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
