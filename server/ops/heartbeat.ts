/** A sign of life that one thread gives and another reads, also while the first is busy. */

/** Milliseconds between two beats. */
const BEAT_MS = 500

/** Milliseconds without a beat after which an event loop counts as hung: no request takes as long. */
export const HUNG_MS = 10_000

/** Shared memory for one beat. */
export function createHeartbeat(): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT)
  beat(shared)
  return shared
}

/**
 * Beats from this thread's event loop on. Does not keep the process alive.
 *
 * @param isLive - Asked before each beat; false: no beat.
 * @returns Stops.
 */
export function keepBeating(shared: SharedArrayBuffer, isLive: () => boolean): () => void {
  const timer = setInterval(() => {
    if (isLive()) beat(shared)
  }, BEAT_MS)
  timer.unref()
  return () => clearInterval(timer)
}

/** Milliseconds since the last beat. */
export function readBeatAge(shared: SharedArrayBuffer): number {
  const [atNs = 0n] = [Atomics.load(new BigInt64Array(shared), 0)]
  return Number(process.hrtime.bigint() - atNs) / 1e6
}

/** The clock is the same one in all threads. */
function beat(shared: SharedArrayBuffer): void {
  Atomics.store(new BigInt64Array(shared), 0, process.hrtime.bigint())
}
