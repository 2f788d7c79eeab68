import { findThreads } from '../base/machine.ts'
import { clusterEngineOf, PLACE_OPTIONS, type PlaceFlags, placeOf } from './cluster-flags.ts'
import { assertFlag, type Command, isCount, misuse } from './command.ts'

interface PlanFlags extends PlaceFlags {
  input: string
  seed: number
  allowMissing: boolean
  keepEqualFiles: boolean
  followLinks: boolean
  rename: string[]
  threads: number
}

/** `pools plan` */
export const PLAN: Command<PlanFlags> = {
  usage: 'plan',
  describe: 'print every statement that a build on a cluster would run',
  options: {
    input: { type: 'string', demandOption: true, describe: 'folder with the CSV files' },
    engine: { type: 'string', demandOption: true, describe: 'trino or athena' },
    ...PLACE_OPTIONS,
    seed: { type: 'number', default: 0, describe: 'of the random order, a whole number' },
    'allow-missing': {
      type: 'boolean',
      default: false,
      describe: 'a missing dataset or table is a warning',
    },
    'keep-equal-files': {
      type: 'boolean',
      default: false,
      describe: 'count impressions of files with the same lines each',
    },
    'follow-links': {
      type: 'boolean',
      default: false,
      describe: 'links in the input folder may lead out of it',
    },
    rename: {
      type: 'string',
      array: true,
      default: [],
      describe: 'column with another name in the files, like clicks.clickId=click_id; repeatable',
    },
    threads: {
      type: 'number',
      default: findThreads(),
      defaultDescription: 'all cores that the container may use',
      describe: 'threads to use',
    },
  },
  examples: [
    [
      'plan --input logs --engine athena --work-location s3://bucket/work',
      'read the SQL before it runs',
    ],
  ],
  check(flags) {
    assertFlag(Number.isSafeInteger(flags.seed), 'seed', 'a whole number')
    assertFlag(isCount(flags.threads), 'threads', 'a whole number from 1 on')
    if (flags.engine === 'duckdb')
      throw misuse('--engine duckdb has no plan, it runs sql/ as it is')
    placeOf(flags, clusterEngineOf(flags.engine))
  },
  async run(flags, { progress }) {
    const { planPools } = await import('../build/plan.ts')
    const { describePlan, statementsOf } = await import('../rank/cluster/plan.ts')
    const { parseRename } = await import('../input/renames.ts')
    const engine = clusterEngineOf(flags.engine)
    const renames = flags.rename.map(parseRename)
    const plan = await planPools({ ...flags, ...placeOf(flags, engine), engine, renames, progress })
    return { document: { statements: statementsOf(plan) }, lines: describePlan(plan).split('\n') }
  },
}
