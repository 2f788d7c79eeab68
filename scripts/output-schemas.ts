/**
 * The documents of `--json`, command by command: what a program may rely on. The files in schemas/ are made of this
 * (`npx tsx scripts/schemas.ts`), and a test runs the commands. A new field is a minor version; a field that goes or
 * changes its meaning is a major one.
 */
import { z } from 'zod'
import { VERDICTS } from '../contract/evaluation.ts'
import type { ExplainedBanner } from '../contract/explain.ts'
import { count, dataset } from '../contract/manifest-parts.ts'
import { MAX_ID, REASONS } from '../contract/schema.ts'

const id = z.int().min(1).max(MAX_ID)
const rank = z.int().min(1)
/** A published build, or one with the number of the last change on top of it. */
const buildId = z.string().regex(/^[0-9a-f]{16}(\+\d+)?$/)
const decimal = z.string().regex(/^-?\d+\.\d+$/)
const number = z.number().nullable()
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

const poolsByRule = z.strictObject({
  dataset,
  rule: z.enum(['top_revenue', 'all_converted', 'converted_then_clicks', 'top_clicks']),
  pool_count: count,
  filled_count: count,
  short_count: count,
})

const rejectsByReason = z.strictObject({
  table: z.string(),
  reason: z.string(),
  reject_count: count,
  file: z.string(),
  line: count,
  text: z.string(),
})

const build = z.strictObject({
  status: z.enum(['built', 'current']),
  build_id: buildId,
  folder: z.string(),
  files: count,
  duplicate_files: count,
  rows: count,
  accepted: count,
  rejected: count,
  duplicates: count,
  rounded: count,
  pools: count,
  pools_by_rule: z.array(poolsByRule),
  rejects_by_reason: z.array(rejectsByReason),
  warnings: z.array(z.string()),
  input_warnings: z.array(z.string()),
})

const refused = z.strictObject({
  total: count,
  day: z.string(),
  counts: z.record(z.string(), count),
  latest: z.array(
    z.strictObject({
      topic: z.string(),
      partition: count,
      offset: count,
      line: count.nullable(),
      reason: z.string(),
      lines: count,
      bytes: count,
      text: z.string(),
    }),
  ),
})

const builds = z.strictObject({
  builds: z.array(
    z.strictObject({
      build_id: buildId,
      created_at: z.iso.datetime(),
      is_current: z.boolean(),
      is_kept: z.boolean(),
      made_by: z.enum(['batch', 'follower']).nullable(),
      previous_build_id: buildId.nullable(),
      inputs: count,
      rows: count,
      accepted: count,
      rejected: count,
      duplicates: count,
      campaigns: count.nullable(),
      pools: count.nullable(),
      candidates: count.nullable(),
      revenue: decimal.nullable(),
      pool_revenue: decimal.nullable(),
      changed_pools: count.nullable(),
      banners_entered: count.nullable(),
      banners_left: count.nullable(),
      warned_checks: count,
    }),
  ),
  losses: z.array(z.string()),
  refused: refused.optional().describe('Lines from Kafka that did not come in; missing: none.'),
})

const check = z.strictObject({
  build_id: buildId,
  passed: z.boolean(),
  checks: z.array(
    z.strictObject({
      name: z.string(),
      severity: z.enum(['error', 'warn']),
      sentence: z.string(),
      failing_rows: count,
      passed: z.boolean(),
      example: z.string().nullable(),
    }),
  ),
})

const deny = z.strictObject({
  place: z.string(),
  banners: count,
  campaigns: count,
  build_id: buildId.nullable(),
  unknown_banners: z.array(id),
  unknown_campaigns: z.array(id),
})

const beforeAfter = <T extends z.ZodType>(one: T) => z.tuple([one.nullable(), one.nullable()])
/** Revenue per 1,000 impressions with its 95 % interval; null = it cannot be had. */
const estimate = z.strictObject({ value: number, low: number, high: number })
const value = z
  .strictObject({
    honest: estimate,
    chance: estimate,
    verdict: z.enum(VERDICTS),
  })
  .nullable()

/** The changes of `diff`, and of `build --what-if`. */
const changes = {
  pools: count,
  changed_pools: count,
  entered: count,
  left: count,
  moved: count,
  changes: z.array(
    z.strictObject({
      dataset,
      campaign_id: id,
      banner_id: id,
      change: z.enum(['entered', 'left', 'moved']),
      rank: beforeAfter(rank),
      revenue: beforeAfter(decimal),
      clicks: beforeAfter(count),
      conversions: beforeAfter(count),
      moved_by: z.array(z.enum(['revenue', 'clicks', 'conversions'])),
    }),
  ),
}

const diff = z.strictObject({
  old_build_id: buildId,
  new_build_id: buildId,
  ...changes,
  value: z.strictObject({ old: value, new: value }),
  pool_values: z.array(z.strictObject({ dataset, campaign_id: id, old: value, new: value })),
})

const whatIf = z.strictObject({
  old_build_id: buildId,
  top: count,
  fill: count,
  ...changes,
  gain: estimate,
  pool_gains: z.array(
    z.strictObject({ dataset, campaign_id: id, gain: estimate, within_chance: z.boolean() }),
  ),
})

const share = z.number().min(0).max(1)
/** Of all pools, and of each. */
const evaluated = {
  impressions: count,
  naive: number,
  honest: estimate,
  chance: estimate,
  lift: estimate,
  p_value: share.nullable(),
  verdict: z.enum(VERDICTS),
}

const evaluate = z.strictObject({
  overall: z.strictObject({
    ...evaluated,
    earned: number,
    chi_square_per_df: number,
    different: count,
    different_adjusted: count,
    mean_stability: share.nullable(),
    agreement: share.nullable(),
    agreement_by_chance: share.nullable(),
    clicks_follow_impressions: z.strictObject({ slope: number, low: number, high: number }),
  }),
  pools: z.array(
    z.strictObject({
      dataset,
      campaign_id: id,
      ...evaluated,
      p_adjusted: share.nullable(),
      agreement: share,
      agreement_by_chance: share,
      banners: z.array(z.strictObject({ banner_id: id, rank, stability: share })),
    }),
  ),
  alternatives: z.array(
    z.strictObject({
      name: z.enum(['revenue_per_impression', 'revenue_per_impression_shrunk', 'chance']),
      gain: estimate.nullable(),
    }),
  ),
  logged: z
    .strictObject({
      impressions: count,
      policies: z.array(
        z.strictObject({
          name: z.enum([
            'pools',
            'chance',
            'revenue_per_impression',
            'revenue_per_impression_shrunk',
          ]),
          value: estimate,
          effective_impressions: z.number(),
          effective_conversions: z.number(),
          is_enough: z.boolean(),
        }),
      ),
    })
    .nullable(),
})

const explainedBanner = z.strictObject({
  banner_id: id,
  impressions: count,
  clicks: count,
  conversions: count,
  revenue: decimal,
  revenue_rank: rank,
  click_rank: rank,
  pool_rank: rank.nullable(),
  reason: z.enum(REASONS),
  needs: z
    .strictObject({
      more_revenue: decimal.nullable(),
      conversion_of: decimal.nullable(),
      more_clicks: count.nullable(),
    })
    .nullable(),
  within_chance: z.boolean().nullable(),
} satisfies Readonly<Record<keyof ExplainedBanner, z.ZodType>>)

const explain = z.strictObject({
  build_id: buildId,
  campaign_id: id,
  datasets: z.array(
    z.strictObject({
      dataset,
      converted_count: count,
      candidate_count: count,
      pool: z.array(explainedBanner),
      missed: z.array(explainedBanner),
      banner: explainedBanner.nullable().optional(),
    }),
  ),
})

const exported = z.strictObject({
  build_id: buildId,
  folder: z.string(),
  files: z.array(z.strictObject({ file: z.string(), rows: count, bytes: count })),
})

const plan = z.strictObject({
  statements: z.array(z.strictObject({ name: z.string(), sql: z.string() })),
})

const receive = z.strictObject({
  status: z.literal('stopped'),
  messages: count,
  lines: count,
  rejected_total: count,
})

const rollback = z.strictObject({ from: buildId, to: buildId, held: z.boolean() })

/** `rows` and `bytes` are those of the files that were scanned now. */
const scan = z.strictObject({
  shard: count,
  shards: count,
  files: count,
  scanned: count,
  rows: count,
  bytes: count,
})

const hold = z.strictObject({ held: buildId })
const release = z.strictObject({ released: buildId })

const verify = z.strictObject({
  state: buildId,
  is_equal: z.boolean(),
  lines_bytes: count,
  files: z.array(z.strictObject({ file: z.string(), served: sha256, batch: sha256 })),
})

/** One document a build, each on a line. */
const watch = z.union([build, z.strictObject({ status: z.literal('failed'), error: z.string() })])

/** One document a full build, each on a line, and one at the end. */
const follow = z.union([
  z.strictObject({ status: z.literal('built'), build_id: buildId }),
  z.strictObject({ status: z.literal('stopped'), frozen: z.boolean() }),
])

const sample = z.strictObject({
  files: z.array(
    z.strictObject({
      dataset,
      table: z.enum(['impressions', 'clicks', 'conversions']),
      path: z.string(),
      rows: count,
      bytes: count,
    }),
  ),
})

const grow = z.strictObject({
  writer: z.string(),
  seconds: z.number().min(0),
  lines: z.strictObject({ impressions: count, clicks: count, conversions: count }),
})

const shell = z.strictObject({
  build_id: buildId,
  folder: z.string(),
  sql: z.string(),
  command: z.string(),
})

/** By the name of the command, and the flag that makes it another document. */
export const OUTPUT_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  build,
  'build --what-if': whatIf,
  builds,
  check,
  deny,
  diff,
  evaluate,
  explain,
  export: exported,
  follow,
  hold,
  plan,
  receive,
  release,
  rollback,
  sample,
  'sample --grow': grow,
  scan,
  shell,
  verify,
  watch,
}

/** Names the file of a schema: `build-what-if.schema.json`. */
export function schemaFileOf(command: string): string {
  return `${command.replace(' --', '-')}.schema.json`
}

/**
 * Writes a schema as JSON Schema, draft 2020-12. It lets fields through that it does not know: a later program may have
 * more.
 */
export function formatSchema(command: string, schema: z.ZodType): string {
  const document = z.toJSONSchema(schema, {
    override: ({ jsonSchema }) => {
      delete jsonSchema.additionalProperties
    },
  })
  const title = `The document of banner-pools ${command} --json`
  return `${JSON.stringify({ title, ...document }, null, 2)}\n`
}
