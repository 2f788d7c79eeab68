/**
 * Builds of format version 1, read as version 2: the one place that knows the older version.
 *
 * Version 1 stored `dataset`, `rank` and `pool_rank` as `utinyint`, and its manifest had neither the version of the program,
 * nor warnings of its own, nor the hashes of lines.
 */
import { z } from 'zod'
import { PUBLISHED_FILES } from './columns.ts'
import { count, dataset, MANIFEST_PARTS, sha256 } from './manifest-parts.ts'
import { FORMAT_VERSION, type Manifest, TABLES } from './schema.ts'

/** The older version. */
export const FORMAT_1 = 1

/**
 * Writes the select of a published file's rows with the types of version 2, whichever version wrote the file.
 *
 * @param file - Name of the published file, such as `pools.parquet`.
 * @param source - What DuckDB reads: `read_parquet('…')`.
 */
export function selectPublished(file: string, source: string): string {
  const columns = Object.entries(PUBLISHED_FILES[file]?.columns ?? {})
  // Version 1 stored these unsigned, where a difference below zero was silently wrong.
  const casts = columns
    .filter(([, { type }]) => type === 'smallint')
    .map(([name]) => `cast(${name} as smallint) as ${name}`)
  if (casts.length === 0) return `select * from ${source}`
  return `select * replace (${casts.join(', ')}) from ${source}`
}

/** Strict: version 1 had no unknown fields, and some of its fields may be missing. */
const MANIFEST_1 = z.strictObject({
  ...MANIFEST_PARTS,
  format_version: z.literal(FORMAT_1),
  previous_build_id: z.string().nullable().default(null),
  inputs: z.array(
    z.strictObject({
      dataset,
      table: z.enum(TABLES),
      path: z.string(),
      bytes: count,
      sha256,
      rows: count,
      accepted: count,
      rejected: count,
      duplicates: count,
      status: z.enum(['loaded', 'duplicate', 'empty']),
      rounded: count.default(0),
      ignored_columns: z.array(z.string()).default([]),
      warnings: z.array(z.string()).default([]),
    }),
  ),
  measures: z.record(z.string(), count).default({}),
  manifest_sha256: sha256.optional(),
})

const AS_VERSION_2 = MANIFEST_1.transform(
  ({ manifest_sha256: _, inputs, ...manifest }): Manifest => {
    return {
      ...manifest,
      format_version: FORMAT_VERSION,
      version: null,
      keep_equal_files: false,
      renames: [],
      window: null,
      summary: null,
      warnings: [],
      // The bytes of the file are the nearest that is known of its lines.
      inputs: inputs.map((input) => ({
        ...input,
        lines_bytes: input.bytes,
        lines_sha256: input.sha256,
      })),
    }
  },
)

/** Reads a manifest of version 1 as one of version 2. */
export function parseFormat1(content: unknown): z.ZodSafeParseResult<Manifest> {
  return AS_VERSION_2.safeParse(content)
}
