/**
 * Shares a wait between questions that are asked one after another, so that a page with many is not answered after many
 * times as long: by then its connection would be closed.
 *
 * @param now - Milliseconds of a clock that never goes back.
 * @returns Tells the milliseconds that are left; never below 0.
 */
export function shareWait(waitMs: number, now: () => number): () => number {
  const endMs = now() + waitMs
  return () => Math.max(0, endMs - now())
}
