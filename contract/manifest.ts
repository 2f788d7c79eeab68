/** `manifest.json` as text: every bit of it is vouched for by its own last field, and that of the files by it. */
import { z } from 'zod'
import { FORMAT_VERSION, type Manifest, TABLES } from './schema.ts'
import { formatSealed, isSealed } from './seal.ts'

const count = z.number().int().nonnegative()
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const dataset = z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)])

/** Strict, so that a field whose name was altered is not taken for one that is not there. */
const MANIFEST = z.strictObject({
  format_version: z.literal(FORMAT_VERSION),
  build_id: z.string().regex(/^[0-9a-f]{8,64}$/),
  created_at: z.iso.datetime(),
  engine: z.strictObject({ name: z.string(), version: z.string() }),
  seed: z.number().int(),
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
  outputs: z.array(z.strictObject({ file: z.string(), bytes: count, sha256, rows: count })),
  measures: z.record(z.string(), count).default({}),
  checks: z.array(
    z.strictObject({
      name: z.string(),
      severity: z.enum(['error', 'warn']),
      failing_rows: count,
      passed: z.boolean(),
    }),
  ),
  manifest_sha256: sha256.optional(),
})

/** The seal's field. */
const SEAL = 'manifest_sha256'

/** A manifest that cannot be used, and why. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError'
}

/** Writes a manifest as text, sealed. */
export function formatManifest(manifest: Manifest): string {
  return formatSealed(manifest, SEAL)
}

/**
 * Reads a manifest, and checks its seal if it has one.
 *
 * @throws {ManifestError} If it is no JSON, altered, of another format version, or not a manifest.
 */
export function parseManifest(text: string): Manifest {
  const content = parseJson(text)
  const { format_version: version, [SEAL]: seal } = (content ?? {}) as Partial<
    Record<string, unknown>
  >
  if (version !== FORMAT_VERSION) {
    throw new ManifestError(`format version is ${version}, expected ${FORMAT_VERSION}`)
  }
  if (seal !== undefined && !isSealed(text, SEAL)) {
    throw new ManifestError('manifest_sha256 differs, the manifest was altered')
  }
  const parsed = MANIFEST.safeParse(content)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new ManifestError(`not a manifest, ${issue?.path.join('.')}: ${issue?.message}`)
  }
  const { [SEAL]: _, ...manifest } = parsed.data
  return manifest
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ManifestError('not JSON')
  }
}
