import { join } from 'node:path'
import { buildPools } from '../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../pipeline/commands/features.ts'
import { makeSample } from '../pipeline/sample/sample.ts'

/**
 * Makes sample logs in a folder and builds their pools.
 *
 * @param seeds - One build each; the last one is current.
 * @returns The artifacts folder.
 */
export async function buildSample(folder: string, seeds: readonly number[] = [0]): Promise<string> {
  const [input, out] = [join(folder, 'in'), join(folder, 'out')]
  for (const seed of seeds) {
    await makeSample({ out: input, scale: 1, seed })
    await buildPools({ ...BUILD_DEFAULTS, input, out })
  }
  return out
}
