import { describe, expect, it, vi } from 'vitest'
import { PipelineError } from '../../../../pipeline/base/errors.ts'
import { type AthenaOptions, createAthena } from '../../../../pipeline/rank/cluster/athena.ts'
import type { Cluster, TextRow } from '../../../../pipeline/rank/cluster/cluster.ts'
import {
  type Answer,
  type ScriptedServer,
  type SeenRequest,
  withScriptedServer,
} from '../../../helpers/http-script.ts'

const STATEMENT = { name: 'pools', sql: 'select 1' }

interface Talk extends ScriptedServer {
  readonly athena: Cluster
  readonly controller: AbortController
}

/** Gives `fn` a connection to an Athena that answers each action by a script. */
async function withAthena<T>(
  answers: Readonly<Record<string, (input: AthenaInput) => Answer>>,
  fn: (talk: Talk) => Promise<T>,
  options: Partial<AthenaOptions> = {},
): Promise<T> {
  const scripted = { ...SUCCESS, ...answers }
  return withScriptedServer(
    (request) => scripted[actionOf(request)]?.(JSON.parse(request.body)) ?? 500,
    async (server) => {
      vi.stubEnv('AWS_ENDPOINT_URL', server.url)
      vi.stubEnv('AWS_REGION', 'eu-central-1')
      vi.stubEnv('AWS_ACCESS_KEY_ID', 'key')
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'hush')
      const controller = new AbortController()
      const athena = createAthena({
        workgroup: 'pools',
        catalog: 'AwsDataCatalog',
        schema: 'pools_1',
        outputLocation: 's3://bucket/results/',
        queryTimeout: 60,
        signal: controller.signal,
        ...options,
      })
      try {
        return await fn({ ...server, athena, controller })
      } finally {
        vi.unstubAllEnvs()
      }
    },
  )
}

interface AthenaInput {
  readonly NextToken?: string
}

const SUCCESS: Readonly<Record<string, (input: AthenaInput) => Answer>> = {
  StartQueryExecution: () => ({ QueryExecutionId: 'q' }),
  GetQueryExecution: () => executionOf('SUCCEEDED'),
  StopQueryExecution: () => ({}),
}

function executionOf(State: string, StateChangeReason?: string): Answer {
  return {
    QueryExecution: {
      Status: { State, StateChangeReason },
      Statistics: { DataScannedInBytes: 70 },
      EngineVersion: { EffectiveEngineVersion: 'Athena engine version 3' },
    },
  }
}

function actionOf({ headers }: SeenRequest): string {
  return String(headers['x-amz-target']).split('.')[1] ?? ''
}

function actions({ seen }: ScriptedServer): string[] {
  return seen.map(actionOf)
}

function resultRow(...values: readonly (string | null)[]): object {
  return { Data: values.map((value) => (value === null ? {} : { VarCharValue: value })) }
}

describe('createAthena', () => {
  it('gives the rows of all pages but the names of the columns', async () => {
    const GetQueryResults = ({ NextToken }: AthenaInput) =>
      NextToken === undefined
        ? {
            ResultSet: { Rows: [resultRow('source', 'rank'), resultRow('clicks', null)] },
            NextToken: 'more',
          }
        : { ResultSet: { Rows: [resultRow('', '9007199254740993')] } }
    await withAthena({ GetQueryResults }, async ({ athena }) => {
      const rows: TextRow[] = []
      await athena.run(STATEMENT, (page) => rows.push(...page))

      expect(rows).toEqual([
        ['clicks', null],
        ['', '9007199254740993'],
      ])
    })
  })

  it('says where a statement runs and where its result goes', async () => {
    await withAthena({}, async ({ athena, seen }) => {
      await athena.run(STATEMENT)
      await athena.run({ ...STATEMENT, isOutside: true })

      const [inside, outside] = seen
        .filter((request) => actionOf(request) === 'StartQueryExecution')
        .map(({ body }) => JSON.parse(body) as object)
      expect(inside).toMatchObject({
        QueryString: 'select 1',
        WorkGroup: 'pools',
        QueryExecutionContext: { Catalog: 'AwsDataCatalog', Database: 'pools_1' },
        ResultConfiguration: { OutputLocation: 's3://bucket/results/' },
      })
      expect(outside).toMatchObject({ QueryExecutionContext: { Catalog: 'AwsDataCatalog' } })
      expect(outside).not.toHaveProperty('QueryExecutionContext.Database')
    })
  })

  it('waits until a query is done, and adds up what was scanned', async () => {
    let looks = 0
    const GetQueryExecution = () => {
      looks += 1
      return executionOf(looks === 1 ? 'QUEUED' : looks === 2 ? 'RUNNING' : 'SUCCEEDED')
    }
    await withAthena({ GetQueryExecution }, async ({ athena }) => {
      await athena.run(STATEMENT)
      await athena.run(STATEMENT)

      expect(looks).toBe(4)
      expect(athena.scannedBytes()).toBe(140)
    })
  })

  it('tells its version', async () => {
    await withAthena({}, async ({ athena }) => {
      expect(await athena.version()).toBe('Athena engine version 3')
    })
  })

  it.each([
    ['FAILED', 'TABLE_NOT_FOUND: line 1', 'Athena refuses pools: TABLE_NOT_FOUND: line 1'],
    ['CANCELLED', undefined, 'Athena refuses pools: no reason given'],
  ])('ends with one line at a query that is %s', async (state, reason, message) => {
    const GetQueryExecution = () => executionOf(state, reason)
    await withAthena({ GetQueryExecution }, async ({ athena }) => {
      await expect(athena.run(STATEMENT)).rejects.toThrow(new PipelineError(message))
    })
  })

  it('stops its query when it is interrupted, and still tidies up', async () => {
    let isRunning = true
    const GetQueryExecution = () => executionOf(isRunning ? 'RUNNING' : 'SUCCEEDED')
    await withAthena({ GetQueryExecution }, async (talk) => {
      const running = talk.athena.run(STATEMENT)
      while (talk.seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 1))

      talk.controller.abort()

      await expect(running).rejects.toThrow('interrupted, nothing published')
      expect(actions(talk).at(-1)).toBe('StopQueryExecution')
      await expect(talk.athena.run(STATEMENT)).rejects.toThrow('interrupted')
      isRunning = false
      await talk.athena.tidy(STATEMENT)
    })
  })

  it('stops a query that takes too long', async () => {
    const GetQueryExecution = () => executionOf('RUNNING')
    await withAthena(
      { GetQueryExecution },
      async (talk) => {
        await expect(talk.athena.run(STATEMENT)).rejects.toThrow(
          'query ran over 0 s, see --query-timeout: pools',
        )
        expect(actions(talk).at(-1)).toBe('StopQueryExecution')
      },
      { queryTimeout: 0 },
    )
  })
})
