import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PipelineError } from '../../../pipeline/base/errors.ts'
import type { BuildSummary } from '../../../pipeline/build/summary.ts'
import { withBatchMetrics } from '../../../pipeline/commands/batch-metrics.ts'
import { withFolder } from '../../helpers/folders.ts'

const SUMMARY = {
  ...{
    pools: 196,
    files: 12,
    rows: 210_000,
    rejected: 7,
    warnings: ['a'],
    input_warnings: ['b', 'c'],
  },
} as unknown as BuildSummary

/** Runs a build that begins and ends at these times, and gives the values of the file by name. */
async function run(path: string, times: readonly string[], build: () => Promise<BuildSummary>) {
  const left = [...times]
  const warnings: string[] = []
  const now = () => new Date(left.shift() ?? times.at(-1) ?? 0)
  const progress = { warn: (line: string) => warnings.push(line) }
  const error = await withBatchMetrics({ path, progress, now }, build).then(
    () => null,
    (thrown: Error) => thrown,
  )
  const text = await readFile(path, 'utf8').catch(() => '')
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const values = lines.map((line) => line.replace('banner_pools_batch_', '').split(' '))
  return {
    error,
    warnings,
    values: Object.fromEntries(values.map(([name, value]) => [name, Number(value)])),
  }
}

describe('withBatchMetrics', () => {
  it('writes how a build ended, and keeps what the last success came to', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'banner_pools.prom')
      const good = await run(
        path,
        ['2026-01-01T00:00:00Z', '2026-01-01T00:00:02.5Z'],
        async () => SUMMARY,
      )

      expect(good.values).toEqual({
        ...{ success: 1, exit_code: 0, duration_seconds: 2.5 },
        ...{
          last_run_timestamp_seconds: 1_767_225_602.5,
          last_success_timestamp_seconds: 1_767_225_602.5,
        },
        ...{ pools: 196, files: 12, rows: 210_000, rejected_rows: 7, warnings: 3 },
      })

      const bad = await run(path, ['2026-01-01T01:00:00Z', '2026-01-01T01:00:01Z'], async () => {
        throw new PipelineError('no', { exitCode: 1 })
      })

      expect(bad.error?.message).toBe('no')
      expect(bad.values).toEqual({
        ...{ success: 0, exit_code: 1, duration_seconds: 1 },
        ...{
          last_run_timestamp_seconds: 1_767_229_201,
          last_success_timestamp_seconds: 1_767_225_602.5,
        },
        ...{ pools: 196, files: 12, rows: 210_000, rejected_rows: 7, warnings: 3 },
      })
    })
  })

  it('tells no success where there was none', async () => {
    await withFolder(async (folder) => {
      const bad = await run(join(folder, 'x.prom'), ['2026-01-01T00:00:00Z'], async () => {
        throw new TypeError('a bug')
      })

      expect(bad.values).toMatchObject({ success: 0, exit_code: 1 })
      expect(bad.values).not.toHaveProperty('last_success_timestamp_seconds')
    })
  })

  it('warns where the file cannot be written, and lets the build be', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'none/x.prom')
      const { error, warnings } = await run(path, ['2026-01-01T00:00:00Z'], async () => SUMMARY)

      expect(error).toBeNull()
      expect(warnings).toEqual([expect.stringMatching(/^--metrics-file not written: ENOENT/)])
    })
  })

  it('writes nothing where nobody asks for it', async () => {
    const metrics = { path: undefined, progress: { warn: () => {} }, now: () => new Date(0) }

    expect(await withBatchMetrics(metrics, async () => SUMMARY)).toBe(SUMMARY)
  })
})
