import { join } from 'node:path'
import { readManifest, resolveBuildFolder } from '../../contract/read.ts'
import type { Manifest } from '../../contract/schema.ts'
import { readRows, withDatabase } from '../../pipeline/base/database.ts'
import { buildPools } from '../../pipeline/build/build.ts'
import type { BuildOptions } from '../../pipeline/build/options.ts'
import type { BuildSummary } from '../../pipeline/build/summary.ts'
import { BUILD_DEFAULTS } from '../../pipeline/commands/features.ts'
import { listOutputs } from '../../scripts/lib/outputs.ts'
import { withFolder, writeFiles } from './folders.ts'

/** Path below the input folder to content. */
export type InputFiles = Readonly<Record<string, string | Uint8Array>>

const HEADERS = {
  impressions: 'banner_id,campaign_id',
  clicks: 'click_id,banner_id,campaign_id',
  conversions: 'conversion_id,click_id,revenue',
}

/**
 * A small world with a pool in every dataset: campaign 7 with the converted banner 30, the clicked 31 and the shown 32;
 * in dataset 1 twelve rows in all.
 */
export function smallWorld(): Record<string, string> {
  const files: Record<string, string> = {}
  for (const dataset of [1, 2, 3, 4]) {
    files[`${dataset}/impressions_${dataset}.csv`] = csv(HEADERS.impressions, [
      '30,7',
      '31,7',
      '32,7',
      '30,7',
      '31,7',
      `3${dataset + 2},7`,
    ])
    files[`${dataset}/clicks_${dataset}.csv`] = csv(HEADERS.clicks, [
      `${dataset}00,30,7`,
      `${dataset}01,31,7`,
      `${dataset}02,31,7`,
      `${dataset}03,30,7`,
    ])
    files[`${dataset}/conversions_${dataset}.csv`] = csv(HEADERS.conversions, [
      `${dataset}0,${dataset}00,1.250000`,
      `${dataset}1,${dataset}03,0.5`,
    ])
  }
  return files
}

/** Joins a header and rows to a file. */
export function csv(header: string, rows: readonly string[]): string {
  return `${[header, ...rows].join('\n')}\n`
}

/** A build in a folder of its own. */
export interface TestBuild {
  readonly out: string
  readonly summary: BuildSummary
  readonly manifest: Manifest
}

/** Builds from these files into a temporary folder and gives `fn` the result. */
export function withBuild<T>(
  files: InputFiles,
  fn: (build: TestBuild) => Promise<T>,
  options: Partial<BuildOptions> = {},
): Promise<T> {
  return withFolder(async (folder) => {
    await writeFiles(join(folder, 'in'), files)
    const out = join(folder, 'out')
    const summary = await buildPools({
      ...BUILD_DEFAULTS,
      input: join(folder, 'in'),
      out,
      ...options,
    })
    return fn({ out, summary, manifest: await readManifest(await resolveBuildFolder(out)) })
  })
}

/** Builds from these files and gives back only the result of a query over `pools`, `banner_stats`, `rejects`. */
export function queryBuild<T extends object>(
  files: InputFiles,
  query: string,
  options: Partial<BuildOptions> = {},
): Promise<T[]> {
  return withBuild(files, ({ out }) => queryOutputs<T>(out, query), options)
}

/** Runs a query over the published files: `pools`, `banner_stats`, `rejects`, and those of lists. */
export function queryOutputs<T extends object>(out: string, query: string): Promise<T[]> {
  return withDatabase(':memory:', { threads: 1, memoryLimit: '1GB' }, async (connection) => {
    for (const name of await listOutputs(out)) {
      const path = join(out, `${name}.parquet`)
      await connection.run(`create view ${name} as select * from read_parquet('${path}')`)
    }
    return readRows<T>(connection, query)
  })
}
