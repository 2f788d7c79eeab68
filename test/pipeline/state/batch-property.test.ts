import { join } from 'node:path'
import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { digestFile } from '../../../contract/digest.ts'
import { type Dataset, type Manifest, REJECTS_FILE, type Table } from '../../../contract/schema.ts'
import { quotedString, readRows, withDatabase } from '../../../pipeline/base/database.ts'
import { readSql } from '../../../pipeline/base/sql.ts'
import { createPairRanker } from '../../../pipeline/state/pair-ranker.ts'
import { CountsState } from '../../../pipeline/state/state.ts'
import { smallWorld, withBuild } from '../../helpers/builds.ts'
import { withFolder } from '../../helpers/folders.ts'
import { size } from '../../helpers/size.ts'
import { growingWorlds, textOf } from '../../helpers/state/growing-world.ts'

/** `file line reason` of rejects, and the accounts of each file. */
interface Accounts {
  readonly rejects: readonly string[]
  readonly files: readonly string[]
}

const pieces = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 40 })

describe('CountsState', () => {
  test.prop([growingWorlds, pieces], { numRuns: size(4, 150) })(
    'ranks to the bytes of a build over the same files, with its rejects and accounts',
    async (world, order) => {
      const texts = world.files.map((file) => [file.path, textOf(file, 0, file.lines.length)])
      const files: Record<string, string> = { ...smallWorld(), ...Object.fromEntries(texts) }
      const options = { maxRejectShare: 1 }
      await withBuild(
        files,
        async ({ out, manifest }) => {
          const state = readInPieces(files, manifest, order)

          expect(accountsOf(state)).toEqual(await readAccounts(out, manifest))
          expect(await withFolder((folder) => rankedDigests(state, folder))).toEqual(
            await digestsOf(out),
          )
        },
        options,
      )
    },
  )
})

/** Reads files in pieces, in the order that the numbers choose; cuts stand at line ends only. */
function readInPieces(
  files: Readonly<Record<string, string>>,
  { inputs }: Manifest,
  order: readonly (readonly [number, number])[],
): CountsState {
  const state = new CountsState({ renames: [] })
  const rest = inputs.map((_, index) => [index, Number.POSITIVE_INFINITY] as const)
  const at = inputs.map(() => 0)
  const nextLine = inputs.map(() => 1)
  for (const [choice, amount] of [...order, ...rest]) {
    const index = choice % inputs.length
    const { dataset, table, path, status } = inputs[index] as Manifest['inputs'][number]
    const lines = (files[path] ?? '').split(/(?<=\n)/).slice(at[index])
    const taken = lines.slice(0, Number.isFinite(amount) ? 1 + (amount % lines.length) : undefined)
    const bytes = Buffer.from(taken.join(''))
    const name = { dataset: dataset as Dataset, table: table as Table, path }
    const firstLine = nextLine[index] as number
    state.add({ ...name, firstLine, bytes, isDuplicate: status === 'duplicate' })
    at[index] = (at[index] as number) + taken.length
    nextLine[index] = firstLine + taken.length
  }
  return state
}

function accountsOf(state: CountsState): Accounts {
  const accounts = state.accounts()
  const rejects = accounts.flatMap(({ path, rejects: bad, unfit }) =>
    [...bad, ...unfit].map(({ line, reason }) => `${path} ${line} ${reason}`),
  )
  const files = accounts.map(({ path, rows, accepted, rejected, duplicates, rounded }) =>
    [path, rows, accepted, rejected, duplicates, rounded].join(' '),
  )
  const places = state.places().map(({ path, linesBytes, linesSha256 }) => {
    return [path, linesBytes, linesSha256].join(' ')
  })
  return { rejects: rejects.sort(), files: [...files, ...places].sort() }
}

async function readAccounts(folder: string, { inputs }: Manifest): Promise<Accounts> {
  const rejects = await query(
    `select file || ' ' || line || ' ' || reason as text
     from read_parquet(${quotedString(join(folder, REJECTS_FILE))})`,
  )
  const files = inputs.flatMap((input) => {
    const { path, rows, accepted, rejected, duplicates, rounded } = input
    const counts = [path, rows, accepted, rejected, duplicates, rounded].join(' ')
    return [counts, [path, input.lines_bytes, input.lines_sha256].join(' ')]
  })
  return { rejects: rejects.sort(), files: files.sort() }
}

function query(sql: string): Promise<string[]> {
  return withDatabase(':memory:', { threads: 1, memoryLimit: '1GB' }, async (connection) => {
    const rows = await readRows<{ text: string }>(connection, sql)
    return rows.map(({ text }) => text)
  })
}

/** Writes the artifacts from the counts alone, as a build writes them. */
function rankedDigests(state: CountsState, folder: string): Promise<string[]> {
  return withDatabase(':memory:', { threads: 1, memoryLimit: '1GB' }, async (connection) => {
    const ranker = await createPairRanker(connection, 0)
    await ranker.rank(state.pairs())
    for (const name of ['pools', 'banner_stats']) {
      const path = quotedString(join(folder, `${name}.parquet`))
      const select = await readSql('publish', name)
      await connection.run(`copy (${select}\n) to ${path} (format parquet, compression zstd)`)
    }
    return digestsOf(folder)
  })
}

function digestsOf(folder: string): Promise<string[]> {
  const names = ['pools.parquet', 'banner_stats.parquet']
  return Promise.all(names.map(async (name) => (await digestFile(join(folder, name))).sha256))
}
