/** How far a reading of files is, counted in memory that worker threads share. */

/** What is read so far. */
export interface Meter {
  /** Bytes that are to be read, as they lie on disk. */
  readonly totalBytes: number
  /** Handed to whatever reads, see {@link countRead}. */
  readonly counts: MeterCounts
}

/** Bytes, then rows. */
export type MeterCounts = BigInt64Array<SharedArrayBuffer>

/** Makes a meter that stands at 0. */
export function createMeter(totalBytes: number): Meter {
  const memory = new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT)
  return { totalBytes, counts: new BigInt64Array(memory) }
}

/** Counts what was read, from any thread. */
export function countRead(counts: MeterCounts, bytes: number, rows: number): void {
  Atomics.add(counts, 0, BigInt(bytes))
  Atomics.add(counts, 1, BigInt(rows))
}

/** Tells how far a meter is. */
export function readMeter({ counts }: Meter): { bytes: number; rows: number } {
  return { bytes: Number(Atomics.load(counts, 0)), rows: Number(Atomics.load(counts, 1)) }
}
