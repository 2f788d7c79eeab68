/** The parts of `manifest.json` that all format versions share. */
import { z } from 'zod'

export const count = z.number().int().nonnegative()
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
export const dataset = z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)])

/** Fields of the manifest itself. */
export const MANIFEST_PARTS = {
  build_id: z.string().regex(/^[0-9a-f]{8,64}$/),
  created_at: z.iso.datetime(),
  engine: z.object({ name: z.string(), version: z.string() }),
  seed: z.number().int(),
  outputs: z.array(z.object({ file: z.string(), bytes: count, sha256, rows: count })),
  checks: z.array(
    z.object({
      name: z.string(),
      severity: z.enum(['error', 'warn']),
      failing_rows: count,
      passed: z.boolean(),
    }),
  ),
}
