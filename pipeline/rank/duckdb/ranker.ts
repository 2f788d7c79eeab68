import { cacheFiles, loadedFileOf } from '../../cache/cache-files.ts'
import { findKeyedLines } from '../../cache/found-lines.ts'
import { createLoadedViews } from '../../cache/loaded.ts'
import { rememberFiles } from '../../cache/stamps.ts'
import type { Ranker } from '../ranker.ts'
import { readMeasures } from './measures.ts'
import { runModels } from './run-models.ts'

/** Ranks in this process: files to cached rows, cached rows to models. */
export const DUCKDB_RANKER: Ranker = {
  readsCleanFiles: false,
  async rank(connection, input) {
    const { cache, seed, sizes, progress } = input
    const files = await cacheFiles(connection, input.files, input)
    await rememberFiles(cache, input.files)
    await createLoadedViews(connection, files.flatMap(loadedFileOf))
    await runModels(connection, { seed, sizes, progress })
    const { version } = await import('@duckdb/node-api')
    return {
      engine: { name: 'duckdb', version: version() },
      measures: await readMeasures(connection),
      files,
      async findLines(index, keys) {
        const file = files[index]
        if (file === undefined) throw new Error(`no such file: ${index}`)
        return findKeyedLines(file, keys, input)
      },
    }
  },
}
