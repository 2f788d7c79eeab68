import { isS3Url } from '../../contract/s3-address.ts'
import type { BuildOptions } from '../build/options.ts'
import type { BuildSummary } from '../build/summary.ts'
import type { WhatIfOptions } from '../build/what-if.ts'
import type { PoolSizes } from '../rank/ranker.ts'
import { readRuleSizes } from '../rank/rule-sizes.ts'
import type { S3BuildOptions } from '../s3/build.ts'
import {
  CLUSTER_OPTIONS,
  type ClusterFlags,
  checkClusterFlags,
  createRanker,
} from './cluster-flags.ts'
import { assertFlag, type Command, type CommandContext, isCount, misuse } from './command.ts'
import { checkHistoryDays, HISTORY_OPTIONS } from './history-flags.ts'
import { checkTableFlags, TABLE_OPTIONS, type TableFlags, windowOf } from './input-flags.ts'
import {
  checkScannedFlags,
  SCANNED_OPTIONS,
  type ScannedFlags,
  withScanned,
} from './scanned-flags.ts'

/** The flags of `pools build`. */
export interface BuildFlags extends ClusterFlags, ScannedFlags, TableFlags {
  input: string
  out: string
  force: boolean
  keep: number
  cache: string | undefined
  evaluate: boolean
  historyDays: number
  metricsFile: string | undefined
  whatIf: boolean
  top: number | undefined
  fill: number | undefined
}

/** A rank is stored in a byte. */
const MAX_SIZE = 255

/** `pools build` */
export const BUILD: Command<BuildFlags> = {
  usage: 'build',
  describe: 'build the pools from the logs and publish them',
  options: {
    input: {
      type: 'string',
      demandOption: true,
      describe: 'folder with the CSV files, or s3://bucket/prefix',
    },
    out: {
      type: 'string',
      demandOption: true,
      describe: 'artifacts folder, or s3://bucket/prefix',
    },
    ...TABLE_OPTIONS,
    force: { type: 'boolean', default: false, describe: 'build even if nothing has changed' },
    keep: {
      type: 'number',
      default: 5,
      describe: 'number of builds to keep, including the current one',
    },
    cache: {
      type: 'string',
      defaultDescription: '~/.cache/banner-pools',
      describe: 'local folder for downloads from s3:// and builds for it',
    },
    ...SCANNED_OPTIONS,
    evaluate: {
      type: 'boolean',
      default: false,
      describe: 'also evaluate the pools (see pools evaluate) and save the result beside the build',
    },
    ...HISTORY_OPTIONS,
    'metrics-file': {
      type: 'string',
      describe: "file for Prometheus' node exporter (textfile collector): how the last run ended",
    },
    'what-if': {
      type: 'boolean',
      default: false,
      describe: 'publish nothing, print what would change, for example with other --top and --fill',
    },
    top: {
      type: 'number',
      defaultDescription: 'from the business rules',
      describe: 'with --what-if: most converted banners in a pool',
    },
    fill: {
      type: 'number',
      defaultDescription: 'from the business rules',
      describe: 'with --what-if: size of a pool with fewer converted banners',
    },
    ...CLUSTER_OPTIONS,
  },
  examples: [
    ['build --input logs --out artifacts', 'build, check and publish'],
    ['build --input logs --out artifacts --max-reject-share 0', 'fail on the first reject'],
    ['build --input logs --out artifacts --rename clicks.clickId=click_id', 'another header'],
    ['build --input s3://ads/logs --out s3://ads/pools', 'from and into buckets'],
    ['build --input logs --out artifacts --what-if --top 8', 'would smaller pools change much?'],
  ],
  check(flags) {
    checkTableFlags(flags)
    assertFlag(isCount(flags.keep), 'keep', 'a whole number from 1 on')
    checkHistoryDays(flags)
    assertWhatIf(flags)
    checkScannedFlags(flags)
    checkClusterFlags(flags)
    checkMetricsFile(flags)
  },
  async run(flags, context) {
    const { describeSummary } = await import('../build/summary.ts')
    const options = await readBuildOptions(flags, context)
    if (flags.whatIf) return askWhatIf({ ...options, sizes: readSizes(flags) })
    const { withBatchMetrics } = await import('./batch-metrics.ts')
    const summary = await withBatchMetrics({ ...context, path: flags.metricsFile }, () =>
      withScanned(flags, options, (scanned) => build({ ...options, scanned, cache: flags.cache })),
    )
    return { document: summary, lines: describeSummary(summary, readRuleSizes()) }
  },
}

/** The collector passes over other names without a word. */
function checkMetricsFile({ metricsFile }: BuildFlags): void {
  const isCollected = metricsFile === undefined || metricsFile.endsWith('.prom')
  assertFlag(isCollected, 'metrics-file', 'a file that ends in .prom')
}

/** What other sizes would change, in places and in money. */
async function askWhatIf(options: WhatIfOptions) {
  const { askWhatIf: ask, describeWhatIf } = await import('../build/what-if.ts')
  const { measureSizes } = await import('../evaluate/measure.ts')
  const { describeGain } = await import('../evaluate/describe-change.ts')
  const { progress, sizes: otherSizes } = options
  const answer = await ask(options, (connection) =>
    measureSizes(connection, { progress, sizes: readRuleSizes(), otherSizes }),
  )
  return { document: answer, lines: describeWhatIf(answer, describeGain(answer)) }
}

/** Puts together what the flags ask for; features are loaded only where they are wanted. */
export async function readBuildOptions(
  flags: Omit<
    BuildFlags,
    'cache' | 'scanned' | 'scanMissing' | 'metricsFile' | 'whatIf' | 'top' | 'fill'
  >,
  context: Pick<CommandContext, 'progress' | 'now' | 'environment' | 'untilStopped'>,
): Promise<BuildOptions> {
  const { parseRename } = await import('../input/renames.ts')
  const { addEvaluation, createRecorder, loadReport } = await import('./features.ts')
  const { progress } = context
  return {
    ...flags,
    renames: flags.rename.map(parseRename),
    scanned: null,
    window: windowOf(flags, context.now()),
    lengths: null,
    progress,
    now: context.now,
    ranker: await createRanker(flags, context),
    evaluate: flags.evaluate ? addEvaluation : null,
    record: createRecorder({ ...flags, madeBy: 'batch' }),
    loadReport,
  }
}

/** The SDK for buckets is loaded only where there is one. */
async function build(options: S3BuildOptions): Promise<BuildSummary> {
  if (isS3Url(options.input) || isS3Url(options.out)) {
    const { buildBetweenStores } = await import('../s3/build.ts')
    return buildBetweenStores(options)
  }
  const { buildPools } = await import('../build/build.ts')
  return buildPools(options)
}

function readSizes({ top, fill }: WhatIfFlags): PoolSizes {
  const sizes = readRuleSizes()
  return { top: top ?? sizes.top, fill: fill ?? sizes.fill }
}

type WhatIfFlags = Pick<BuildFlags, 'top' | 'fill'>

/** Other sizes make other pools of the same build id, so they are for questions only. */
function assertWhatIf(flags: BuildFlags): void {
  const { evaluate, whatIf, force, engine, input, out, metricsFile } = flags
  for (const name of ['top', 'fill'] as const) {
    const size = flags[name]
    if (size === undefined) continue
    if (!whatIf) throw misuse(`--${name} needs --what-if: pools of other sizes are not published`)
    assertFlag(isCount(size) && size <= MAX_SIZE, name, `a whole number from 1 to ${MAX_SIZE}`)
  }
  const { top, fill } = readSizes(flags)
  assertFlag(fill <= top, 'fill', `at most --top, which is ${top}`)
  if (whatIf && (isS3Url(input) || isS3Url(out))) throw misuse('--what-if needs folders')
  if (whatIf && engine !== 'duckdb') throw misuse('--what-if ranks in DuckDB, leave out --engine')
  if (evaluate && (isS3Url(input) || isS3Url(out))) throw misuse('--evaluate needs folders')
  if (evaluate && engine !== 'duckdb') {
    throw misuse('--evaluate reads logs in DuckDB, leave out --engine')
  }
  if (whatIf && force) throw misuse('--force builds and --what-if does not: give one of them')
  if (whatIf && metricsFile !== undefined)
    throw misuse('--what-if publishes nothing, leave out --metrics-file')
}
