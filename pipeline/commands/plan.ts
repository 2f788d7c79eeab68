import { CLUSTER_ENGINES } from '../rank/cluster/cluster.ts'
import { findClusterEngine, PLACE_OPTIONS, type PlaceFlags, readPlace } from './cluster-flags.ts'
import { type Command, misuse } from './command.ts'
import { checkInputFlags, INPUT_OPTIONS, type InputFlags, windowOf } from './input-flags.ts'

interface PlanFlags extends PlaceFlags, InputFlags {
  input: string
}

/** `pools plan` */
export const PLAN: Command<PlanFlags> = {
  usage: 'plan',
  describe: 'print every SQL statement that a build on a cluster would run',
  options: {
    input: { type: 'string', demandOption: true, describe: 'folder with the CSV files' },
    engine: {
      type: 'string',
      demandOption: true,
      values: CLUSTER_ENGINES,
      describe: 'trino or athena',
    },
    ...PLACE_OPTIONS,
    ...INPUT_OPTIONS,
  },
  examples: [
    [
      'plan --input logs --engine athena --work-location s3://bucket/work',
      'read the SQL before it runs',
    ],
  ],
  check(flags) {
    checkInputFlags(flags)
    if (flags.engine === 'duckdb')
      throw misuse('--engine duckdb has no plan, it runs sql/ as it is')
    readPlace(flags, findClusterEngine(flags.engine))
  },
  async run(flags, { progress, now }) {
    const { planPools } = await import('./plan-pools.ts')
    const { describePlan, listStatements } = await import('../rank/cluster/plan.ts')
    const { parseRename } = await import('../input/renames.ts')
    const engine = findClusterEngine(flags.engine)
    const renames = flags.rename.map(parseRename)
    const window = windowOf(flags, now())
    const place = readPlace(flags, engine)
    const options = { engine, renames, progress, window, lengths: null }
    const plan = await planPools({ ...flags, ...place, ...options })
    return { document: { statements: listStatements(plan) }, lines: describePlan(plan).split('\n') }
  },
}
