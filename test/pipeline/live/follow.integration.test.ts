import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readManifest, resolveBuildFolder } from '../../../contract/read.ts'
import { buildPools } from '../../../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../../../pipeline/commands/features.ts'
import { hashOutputs } from '../../../scripts/lib/outputs.ts'
import { smallWorld } from '../../helpers/builds.ts'
import { withFollower } from '../../helpers/follow.ts'

const CLICKS = '1/clicks_1.csv'

describe('startFollowing', () => {
  it('publishes lines that are appended, and ends with the build of a batch', async () => {
    await withFollower(smallWorld(), async (follower) => {
      const first = await follower.waitFor(() => true)
      await appendFile(join(follower.input, CLICKS), '900,32,7\n901,32,7\n902,32')
      const second = await follower.waitFor((state) => state !== first)
      const verification = await follower.verify()

      expect(second).toBe(`${first}+1`)
      expect(verification).toMatchObject({ state: second, isEqual: true })

      await appendFile(join(follower.input, CLICKS), ',7\n')
      expect(await follower.stop()).toEqual({ isFrozen: false })
      const batch = join(follower.out, '../batch')
      await buildPools({ ...BUILD_DEFAULTS, input: follower.input, out: batch })
      const manifest = await readManifest(await resolveBuildFolder(batch))
      expect(await follower.state()).toBe(manifest.build_id)
      expect(await hashOutputs(follower.out)).toEqual(await hashOutputs(batch))
    })
  })
})
