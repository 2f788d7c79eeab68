/** Followers that are killed at any moment, while the logs grow. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { buildPools } from '../../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../../pipeline/commands/features.ts'
import { findState } from '../../scripts/lib/published-state.ts'
import { createFolder, removeFolder, writeFiles } from '../helpers/folders.ts'
import { verifyFolders } from '../helpers/follow.ts'
import { type FollowerProcess, spawnFollower } from '../helpers/follow-process.ts'
import { emptyLogs, startWriter } from '../helpers/log-writer.ts'
import { seededRandom } from '../helpers/seeded-random.ts'
import { size } from '../helpers/size.ts'

const SEED = Number(process.env.BANNER_POOLS_TEST_SEED ?? Date.now() % 1_000_000)
const KILLS = Number(process.env.BANNER_POOLS_KILLS ?? size(8, 30))
const TAKEOVERS = Number(process.env.BANNER_POOLS_TAKEOVERS ?? size(2, 8))
const MINUTES = 60_000
/** Milliseconds for a kill, and all that is compared after it, on a busy machine. */
const KILL_MS = 60_000

/** Gives `fn` a folder with logs that grow. */
async function withGrowingLogs(
  pauseMs: number,
  fn: (folders: { input: string; out: string; stopWriter: () => Promise<void> }) => Promise<void>,
): Promise<void> {
  const folder = await createFolder()
  const input = join(folder, 'in')
  await writeFiles(input, emptyLogs())
  const writer = startWriter(input, seededRandom(SEED), pauseMs)
  try {
    await fn({ input, out: join(folder, 'out'), stopWriter: () => writer.stop() })
  } finally {
    await writer.stop()
    await removeFolder(folder)
  }
}

describe('pools follow', () => {
  it(
    `loses and doubles nothing in ${KILLS} kills, seed ${SEED}`,
    async () => {
      const random = seededRandom(SEED + 1)
      await withGrowingLogs(20, async ({ input, out, stopWriter }) => {
        let served = 0
        for (let kill = 1; kill <= KILLS; kill += 1) {
          const follower = spawnFollower(input, out, ['--build-every', '3'])
          await follower.waitFor('following')
          // Half of them are killed soon after they have published, the others at any time.
          if (kill % 2 === 1) await waitForOther(out, await findState(out))
          await sleep(random() * 1_500)
          await follower.kill()
          if ((await findState(out)) === null) continue
          const { isEqual, linesBytes, state } = await verifyFolders(input, out)

          expect({ kill, state, isEqual }).toEqual({ kill, state, isEqual: true })
          expect(linesBytes).toBeGreaterThanOrEqual(served)
          served = linesBytes
        }
        await stopWriter()
        const last = spawnFollower(input, out)
        await last.waitFor('following')
        expect(await last.stop()).toBe(0)
        const final = await verifyFolders(input, out)
        expect(final).toMatchObject({ isEqual: true })
        expect(final.state).not.toContain('+')
        expect(served).toBeGreaterThan(0)
      })
    },
    KILLS * KILL_MS,
  )

  it(
    `hands over to a stand-by ${TAKEOVERS} times, seed ${SEED}`,
    async () => {
      await withGrowingLogs(20, async ({ input, out }) => {
        let leader: FollowerProcess = spawnFollower(input, out)
        await waitForOther(out, null)
        let slowestMs = 0
        for (let turn = 0; turn < TAKEOVERS; turn += 1) {
          const standby = spawnFollower(input, out)
          await standby.waitFor('waiting to take over')
          const batch = { ...BUILD_DEFAULTS, input, out }
          await expect(buildPools(batch)).rejects.toThrow(`process ${leader.pid} is building here`)
          await leader.kill()
          const before = await findState(out)
          const startMs = performance.now()
          await waitForOther(out, before)
          slowestMs = Math.max(slowestMs, performance.now() - startMs)
          leader = standby
        }
        expect(await verifyFolders(input, out)).toMatchObject({ isEqual: true })
        await leader.kill()
        console.info(`slowest of ${TAKEOVERS} take-overs: ${Math.round(slowestMs)} ms`)
      })
    },
    30 * MINUTES,
  )
})

/** Waits until another state is published. */
async function waitForOther(out: string, before: string | null): Promise<void> {
  for (;;) {
    const now = await findState(out)
    if (now !== null && now !== before) return
    await sleep(20)
  }
}
