import { assertFlag, type Command } from './command.ts'

interface DiffFlags {
  old: string
  new: string
  artifacts: string
  failIfChanged: number | undefined
}

/** `pools diff OLD NEW` */
export const DIFF: Command<DiffFlags> = {
  usage: 'diff <old> <new>',
  describe: 'show which banners entered, left or moved between two builds, and why',
  positionals: {
    old: { type: 'string', values: 'builds', describe: 'build id, folder, or a file in it' },
    new: { type: 'string', values: 'builds', describe: 'the same' },
  },
  options: {
    artifacts: {
      type: 'string',
      default: 'artifacts',
      describe: 'artifacts folder in which build ids are looked up',
    },
    'fail-if-changed': {
      type: 'number',
      describe: 'exit with 1 if more than this share of the pools changed, 0 to 1',
    },
  },
  examples: [
    ['diff 0123456789abcdef artifacts/current', 'an earlier build and the current one'],
    [
      'diff OLD artifacts --fail-if-changed 0.2',
      'a gate: exit 1 if more than a fifth of the pools changed',
    ],
  ],
  check({ failIfChanged: share }) {
    assertFlag(share === undefined || (share >= 0 && share <= 1), 'fail-if-changed', 'from 0 to 1')
  },
  async run({ old: oldBuild, new: newBuild, artifacts, failIfChanged = 1 }) {
    const { describeDiff, diffBuilds } = await import('../ask/diff.ts')
    const { compareValues } = await import('../evaluate/compare-builds.ts')
    const { describeValues } = await import('../evaluate/describe-change.ts')
    const diff = await diffBuilds({ oldBuild, newBuild, artifacts }, compareValues)
    const hasFailed = diff.changed_pools > diff.pools * failIfChanged
    return { document: diff, lines: describeDiff(diff, describeValues(diff)), hasFailed }
  },
}
