import { findMemoryLimit, findThreads } from '../base/machine.ts'
import type { Command } from './command.ts'
import { INPUT_OPTIONS } from './input-flags.ts'

interface VerifyFlags {
  input: string
  artifacts: string
  followLinks: boolean
  threads: number
  memoryLimit: string
}

/** `pools verify` */
export const VERIFY: Command<VerifyFlags> = {
  usage: 'verify',
  describe: 'rank the served lines in a batch build and compare; exit 1 if the results differ',
  options: {
    input: { type: 'string', demandOption: true, describe: 'folder with the CSV files' },
    artifacts: { type: 'string', demandOption: true, describe: 'artifacts folder' },
    'follow-links': INPUT_OPTIONS['follow-links'],
    threads: {
      type: 'number',
      default: findThreads(),
      defaultDescription: 'all cores that the container may use',
      describe: 'number of threads',
    },
    'memory-limit': {
      type: 'string',
      default: findMemoryLimit(),
      defaultDescription: '80 % of what the machine or its container has left',
      describe: 'approximate memory limit of the process; more is written to disk',
    },
  },
  examples: [['verify --input logs --artifacts artifacts', 'also beside a running follower']],
  async run(flags, { progress, now }) {
    const { verify } = await import('../live/verify.ts')
    const { buildPools } = await import('../build/build.ts')
    const { BUILD_DEFAULTS } = await import('./features.ts')
    const lenient = { allowMissing: true, maxRejectShare: 1, progress, now }
    const result = await verify({
      ...flags,
      build: (options) => buildPools({ ...BUILD_DEFAULTS, ...options, ...lenient }),
    })
    const { state, isEqual, linesBytes, files } = result
    const lines = files.map(({ file, served, batch }) =>
      served === batch
        ? `${file}  equal  sha256 ${served}`
        : `${file}  DIFFERS  served ${served}, batch ${batch}`,
    )
    const verdict = isEqual ? 'equals' : 'does not equal'
    return {
      document: { state, is_equal: isEqual, lines_bytes: linesBytes, files },
      lines: [...lines, `${state} ${verdict} a batch over the same lines`],
      hasFailed: !isEqual,
    }
  },
}
