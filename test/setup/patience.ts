/** What a test waits for comes late on a busy machine; Vitest gives up after a second. */
import { vi } from 'vitest'

const TIMEOUT_MS = 30_000
const { waitFor } = vi

vi.waitFor = (fn, options = {}) => {
  return waitFor(fn, typeof options === 'number' ? options : { timeout: TIMEOUT_MS, ...options })
}
