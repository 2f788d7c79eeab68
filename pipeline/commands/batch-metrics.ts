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
/** Of the last job that succeeded: what it is, and what it means. */
const SUCCESS = [
  ['last_success_timestamp_seconds', 'When a batch job last succeeded'],
  ['pools', 'Pools of its build'],
  ['files', 'Files that it was made of'],
  ['rows', 'Rows of these files'],
  ['rejected_rows', 'Rows of these files that are none'],
  ['warnings', 'Warnings of checks and of the input'],
] as const
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
      ...describeSuccess(summary, now()),
    ])
    return summary
  } catch (error) {
    const exitCode = error instanceof PipelineError ? error.exitCode : 1
    const last = await readSuccess(path)
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

function describeSuccess(summary: BuildSummary, now: Date): Sample[] {
  const { pools, rows, rejected, files, warnings, input_warnings } = summary
  const values = {
    last_success_timestamp_seconds: now.getTime() / MS_PER_SECOND,
    ...{ pools, files, rows, rejected_rows: rejected },
    warnings: warnings.length + input_warnings.length,
  }
  return SUCCESS.map(([name, help]) => [name, help, values[name]])
}

/** A job that fails still tells when one succeeded, and what came of it. */
async function readSuccess(path: string): Promise<Sample[]> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const lines = new Map(text.split('\n').map((line) => [line.split(' ')[0], line.split(' ')[1]]))
  return SUCCESS.flatMap(([name, help]): Sample[] => {
    const value = lines.get(`${PREFIX}${name}`)
    return value === undefined ? [] : [[name, help, Number(value)]]
  })
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
