import { join } from 'node:path'
import type { Evaluation } from '../../../contract/evaluation.ts'
import { BUILD_DEFAULTS } from '../../../pipeline/commands/features.ts'
import { type EvaluateLogOptions, evaluateLog } from '../../../pipeline/evaluate/log.ts'
import type { InputFiles } from '../builds.ts'
import { withFolder, writeFiles } from '../folders.ts'

/** Evaluates these files, with alternatives also where the gate hides them. */
export function evaluateFiles(
  files: InputFiles,
  options: Partial<EvaluateLogOptions> = {},
): Promise<Evaluation> {
  return withFolder(async (folder) => {
    const input = join(folder, 'in')
    await writeFiles(input, files)
    return evaluateLog({
      ...BUILD_DEFAULTS,
      ...{ input, out: '', maxRejectShare: 1, isUngated: true },
      ...options,
    })
  })
}
