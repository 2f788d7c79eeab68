/** `manifest.json` as text: it records each file's sha256, and its last field is a checksum of the manifest itself. */
import { z } from 'zod'
import { formatWithChecksum, matchesChecksum } from './checksum.ts'
import { FORMAT_1, parseFormat1 } from './format-1.ts'
import { count, dataset, MANIFEST_PARTS, sha256 } from './manifest-parts.ts'
import { FORMAT_VERSION, LISTS, type Manifest, TABLES } from './schema.ts'

const POOLS_BY_RULE = z.object({
  dataset,
  rule: z.enum(['top_revenue', 'all_converted', 'converted_then_clicks', 'top_clicks']),
  pool_count: count,
  filled_count: count,
  short_count: count,
})

const REJECTS_BY_REASON = z.object({
  table: z.string(),
  reason: z.string(),
  reject_count: count,
  file: z.string(),
  line: count,
  text: z.string(),
})

/**
 * Every known field is required, so that one whose name was altered is missed. Unknown ones are left out: a later program
 * may write more.
 */
const MANIFEST = z.object({
  ...MANIFEST_PARTS,
  format_version: z.literal(FORMAT_VERSION),
  version: z.string().nullable(),
  previous_build_id: z.string().nullable(),
  keep_equal_files: z.boolean(),
  // Builds of earlier programs had neither.
  renames: z
    .array(z.object({ table: z.enum([...TABLES, ...LISTS]), from: z.string(), to: z.string() }))
    .default([]),
  window: z
    .object({ days: count.min(1), day: z.iso.date() })
    .nullable()
    .default(null),
  warnings: z.array(z.string()),
  inputs: z.array(
    z.object({
      dataset: dataset.nullable(),
      table: z.enum([...TABLES, ...LISTS]),
      path: z.string(),
      bytes: count,
      sha256,
      lines_bytes: count,
      lines_sha256: sha256,
      rows: count,
      accepted: count,
      rejected: count,
      duplicates: count,
      status: z.enum(['loaded', 'duplicate', 'empty']),
      rounded: count,
      ignored_columns: z.array(z.string()),
      warnings: z.array(z.string()),
    }),
  ),
  measures: z.record(z.string(), count),
  summary: z
    .object({
      pools_by_rule: z.array(POOLS_BY_RULE),
      rejects_by_reason: z.array(REJECTS_BY_REASON),
    })
    .nullable()
    .default(null),
})

/** The field that holds the checksum. */
const CHECKSUM_FIELD = 'manifest_sha256'

/** A text that ends as one with a checksum does, whatever the name of the field. */
const ENDS_IN_CHECKSUM = /"[^"]*": "[0-9a-f]{64}"\n}\n$/

/** A manifest that cannot be used, and why. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError'
}

/** Writes a manifest as text, with its checksum. */
export function formatManifest(manifest: Manifest): string {
  return formatWithChecksum(manifest, CHECKSUM_FIELD)
}

/**
 * Reads a manifest, and compares its checksum if it has one. One of format version 1 is read as the current version.
 *
 * @throws {ManifestError} If it is no JSON, altered, of another format version, or not a manifest.
 */
export function parseManifest(text: string): Manifest {
  const content = parseJson(text)
  const { format_version: version, [CHECKSUM_FIELD]: checksum } = (content ?? {}) as Partial<
    Record<string, unknown>
  >
  if (version !== FORMAT_VERSION && version !== FORMAT_1) {
    throw new ManifestError(`format version is ${describeVersion(version)}`)
  }
  if (
    checksum === undefined ? ENDS_IN_CHECKSUM.test(text) : !matchesChecksum(text, CHECKSUM_FIELD)
  ) {
    throw new ManifestError(`${CHECKSUM_FIELD} differs, the manifest was altered`)
  }
  const parsed = version === FORMAT_1 ? parseFormat1(content) : MANIFEST.safeParse(content)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new ManifestError(`not a manifest, ${issue?.path.join('.')}: ${issue?.message}`)
}

/** Short, whatever stands there. */
function describeVersion(version: unknown): string {
  const found = typeof version === 'number' ? String(version) : typeof version
  return `${found}, expected ${FORMAT_VERSION} or ${FORMAT_1}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ManifestError('not JSON')
  }
}
