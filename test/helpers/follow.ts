/** A follower in this process, and what it has published. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findWorkerFile } from '../../contract/worker-file.ts'
import { buildPools } from '../../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../../pipeline/commands/features.ts'
import { type FollowSettings, startFollowing } from '../../pipeline/live/start.ts'
import { type Verification, verify } from '../../pipeline/live/verify.ts'
import { findState } from '../../scripts/lib/published-state.ts'
import type { InputFiles } from './builds.ts'
import { withFolder, writeFiles } from './folders.ts'

const BUILD_THREAD = findWorkerFile(
  'full-build-worker',
  new URL('../../pipeline/commands/follow.ts', import.meta.url).href,
)

/** A follower under test. */
export interface TestFollower {
  readonly input: string
  readonly out: string
  /** What it told. */
  readonly notes: readonly string[]
  /** Names what is published: `<id>+<n>`; null if nothing is. */
  state(): Promise<string | null>
  /** Waits until something is published that is not this state. */
  waitFor(isThere: (state: string) => boolean | Promise<boolean>): Promise<string>
  /** Compares what is published with a batch over the same lines. */
  verify(): Promise<Verification>
  /** Stops it as SIGTERM does. */
  stop(): Promise<{ readonly isFrozen: boolean }>
  /** Ends when the follower ends, as it ends. */
  readonly ended: Promise<{ readonly isFrozen: boolean }>
}

/** Settings of a test beside its folders. */
export type TestSettings = Partial<FollowSettings> & { readonly now?: () => Date }

/** Starts a follower over these files, and stops it when `fn` is done. */
export function withFollower<T>(
  files: InputFiles,
  fn: (follower: TestFollower) => Promise<T>,
  settings: TestSettings = {},
): Promise<T> {
  return withFolder(async (folder) => {
    const input = join(folder, 'in')
    await writeFiles(input, files)
    return followFolders(input, join(folder, 'out'), fn, settings)
  })
}

/** Starts a follower over folders that are there. */
export async function followFolders<T>(
  input: string,
  out: string,
  fn: (follower: TestFollower) => Promise<T>,
  { now = () => new Date(), ...settings }: TestSettings = {},
): Promise<T> {
  const controller = new AbortController()
  const notes: string[] = []
  const ended = startFollowing(
    {
      ...{ input, out, seed: 0, renames: [], keepEqualFiles: false, followLinks: false },
      ...{ days: null, threads: 2, memoryLimit: '2GB', buildEvery: 3600, changeEvery: 50 },
      ops: { port: null, host: '127.0.0.1' },
      buildThread: BUILD_THREAD,
      ...settings,
    },
    { stop: controller.signal, now, note: (line) => notes.push(line), onBuild: () => undefined },
  )
  ended.catch((error) => notes.push(`ended: ${error}`))
  const state = () => findState(out)
  try {
    return await fn({
      input,
      out,
      notes,
      ended,
      state,
      waitFor: (isThere) => waitFor(state, isThere, notes),
      verify: () => verifyFolders(input, out),
      stop() {
        controller.abort()
        return ended
      },
    })
  } finally {
    controller.abort()
    await ended.catch(() => undefined)
  }
}

/** Compares what is published with a batch over the same lines. */
export function verifyFolders(input: string, artifacts: string): Promise<Verification> {
  return verify({
    ...{ input, artifacts, followLinks: false, threads: 2, memoryLimit: '1GB' },
    build: (options) =>
      buildPools({ ...BUILD_DEFAULTS, ...options, allowMissing: true, maxRejectShare: 1 }),
  })
}

/** Milliseconds: a full build takes one or two seconds, many times as long on a busy machine. */
const PATIENCE_MS = 180_000

async function waitFor(
  state: () => Promise<string | null>,
  isThere: (state: string) => boolean | Promise<boolean>,
  notes: readonly string[],
): Promise<string> {
  const startMs = performance.now()
  for (;;) {
    const now = await state()
    if (now !== null && (await isThere(now))) return now
    if (performance.now() - startMs > PATIENCE_MS) {
      throw new Error(`still at ${now}: ${notes.join('; ')}`)
    }
    await sleep(20)
  }
}
