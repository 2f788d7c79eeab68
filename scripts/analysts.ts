/** Writes the answers of docs/analysts.md anew, from sample data: `npx tsx scripts/analysts.ts`. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withTemporaryFolder } from '../pipeline/base/temporary-folder.ts'
import { buildPools } from '../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../pipeline/commands/features.ts'
import { makeSample } from '../pipeline/sample/sample.ts'
import { answerAll, withAnswers } from './lib/answers.ts'

const PAGE = join(import.meta.dirname, '../docs/analysts.md')

await withTemporaryFolder(async (folder) => {
  const [input, out] = [join(folder, 'in'), join(folder, 'out')]
  await makeSample({ out: input, scale: 1, seed: 0 })
  await buildPools({ ...BUILD_DEFAULTS, input, out })
  await writeFile(PAGE, withAnswers(await readFile(PAGE, 'utf8'), await answerAll(out)))
})
