/** The tables of a build that is never written, in the system's folder for temporary files. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { withFileErrors } from '../base/errors.ts'
import { createMeter } from '../base/meter.ts'
import { openCache } from '../cache/entries.ts'
import { classifyFiles } from '../input/classify.ts'
import { inspectSources } from '../input/intake.ts'
import { withScanner } from '../input/scan/scanner.ts'
import { findSources } from '../input/sources.ts'
import { inspectLists } from '../lists/inspect.ts'
import { type BuildOptions, warnOfFiles } from './build.ts'
import type { TableOptions } from './make-build.ts'

/** Inspects the files with a cache of its own: that of the artifacts folder is for builds. The artifacts folder is not touched. */
export async function withTemporaryTables<T>(
  options: BuildOptions,
  fn: (tables: TableOptions) => Promise<T>,
): Promise<T> {
  const { input, threads, renames, progress, now } = options
  const startMs = now().getTime()
  const found = await findSources(resolve(input), { ...options, out: resolve(options.out) })
  const { files: sources, warnings } = found
  for (const warning of warnings) progress.warn(warning)
  const lists = await inspectLists(found.lists, options)
  const bytes = sources.reduce((sum, file) => sum + file.bytes, 0)
  return withTemporaryFolder((workFolder) =>
    withScanner({ bytes, threads }, async (scanner) => {
      const intake = { scanner, workFolder, isForCluster: false }
      const unknown = sources.map(() => null)
      const meter = createMeter(bytes)
      const inspections = await progress.step(
        'inspect files',
        () => inspectSources(sources, unknown, { ...intake, renames, meter }),
        (all) => all.reduce((sum, { rows }) => sum + rows, 0),
        meter,
      )
      const files = classifyFiles(sources, inspections, options)
      warnOfFiles([...files, ...lists], progress)
      const cache = openCache(workFolder, renames)
      return fn({ ...options, ...intake, cache, startMs, files, lists, whole: new Map() })
    }),
  )
}

async function withTemporaryFolder<T>(fn: (folder: string) => Promise<T>): Promise<T> {
  const remedy = `folder for temporary files cannot be written, see TMPDIR: ${tmpdir()}`
  const folder = await withFileErrors(remedy, () => mkdtemp(join(tmpdir(), 'pools-')))
  try {
    return await fn(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
