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

const diff = z.strictObject({
  old_build_id: buildId,
  new_build_id: buildId,
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
  value: z.strictObject({ old: value, new: value }),
  pool_values: z.array(z.strictObject({ dataset, campaign_id: id, old: value, new: value })),
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

const plan = z.strictObject({
  statements: z.array(z.strictObject({ name: z.string(), sql: z.string() })),
})

const rollback = z.looseObject({ from: buildId, to: buildId })

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

const shell = z.strictObject({
  build_id: buildId,
  folder: z.string(),
  sql: z.string(),
  command: z.string(),
})

/** By the name of the command. */
export const OUTPUT_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  build,
  builds,
  check,
  deny,
  diff,
  explain,
  plan,
  rollback,
  sample,
  shell,
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
