/** What the last batch job came to, as a file for Prometheus' node exporter (its textfile collector). */
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { PipelineError } from '../base/errors.ts'
import type { Progress } from '../base/progress.ts'
import type { BuildSummary } from '../build/summary.ts'

/** Of whoever builds. */
export interface BatchMetrics {
  /** The file, which must end in `.prom` to be collected; undefined = none. */
  readonly path: string | undefined
  readonly progress: Pick<Progress, 'warn'>
  readonly now: () => Date
}

/** A metric of the file: its name without the prefix, what it means, its value. */
type Sample = readonly [name: string, help: string, value: number]

const PREFIX = 'banner_pools_batch_'
const LAST_SUCCESS = 'last_success_timestamp_seconds'
const MS_PER_SECOND = 1_000

/**
 * Builds, and writes what it came to in one step. A file that cannot be written is a warning: it costs no build.
 *
 * @throws {Error} What the build throws, once that is written.
 */
export async function withBatchMetrics(
  metrics: BatchMetrics,
  build: () => Promise<BuildSummary>,
): Promise<BuildSummary> {
  const { path, now } = metrics
  if (path === undefined) return build()
  const start = now()
  try {
    const summary = await build()
    await writeSamples(metrics, path, [
      ...describeRun(start, now(), 0),
      ...describeBuild(summary, now()),
    ])
    return summary
  } catch (error) {
    const exitCode = error instanceof PipelineError ? error.exitCode : 1
    const last = await readLastSuccess(path)
    await writeSamples(metrics, path, [...describeRun(start, now(), exitCode), ...last])
    throw error
  }
}

function describeRun(start: Date, end: Date, exitCode: number): Sample[] {
  return [
    [
      'success',
      'Whether the last batch job published a build, or found it current',
      exitCode === 0 ? 1 : 0,
    ],
    ['exit_code', 'Exit code of the last batch job', exitCode],
    ['last_run_timestamp_seconds', 'When the last batch job ended', end.getTime() / MS_PER_SECOND],
    ['duration_seconds', 'How long it took', (end.getTime() - start.getTime()) / MS_PER_SECOND],
  ]
}

function describeBuild(summary: BuildSummary, now: Date): Sample[] {
  const { pools, rows, rejected, files, warnings, input_warnings } = summary
  return [
    describeSuccess(now.getTime() / MS_PER_SECOND),
    ['pools', 'Pools of the build', pools],
    ['files', 'Files that it was made of', files],
    ['rows', 'Rows of these files', rows],
    ['rejected_rows', 'Rows that are none', rejected],
    ['warnings', 'Warnings of checks and of the input', warnings.length + input_warnings.length],
  ]
}

function describeSuccess(seconds: number): Sample {
  return [LAST_SUCCESS, 'When a batch job last succeeded', seconds]
}

/** A job that fails still tells when one succeeded. */
async function readLastSuccess(path: string): Promise<Sample[]> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const line = text.split('\n').find((each) => each.startsWith(`${PREFIX}${LAST_SUCCESS} `))
  const seconds = Number(line?.split(' ')[1])
  return Number.isFinite(seconds) ? [describeSuccess(seconds)] : []
}

/** The collector reads only what ends in `.prom`, so it never finds half a file. */
async function writeSamples(
  { progress }: BatchMetrics,
  path: string,
  samples: readonly Sample[],
): Promise<void> {
  const text = samples.map(([name, help, value]) => {
    const full = `${PREFIX}${name}`
    return `# HELP ${full} ${help}\n# TYPE ${full} gauge\n${full} ${value}\n`
  })
  const next = `${path}.${process.pid}`
  try {
    await writeFile(next, text.join(''))
    await rename(next, path)
  } catch (error) {
    await rm(next, { force: true }).catch(() => undefined)
    progress.warn(`--metrics-file not written: ${(error as Error).message}`)
  }
}
