import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildPools } from '../../../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../../../pipeline/commands/features.ts'
import { type Candidates, findCandidates } from '../../../server/pools/candidates.ts'
import { loadInThread } from '../../../server/pools/load-thread.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'

const LOGS = {
  '1/impressions.csv': 'banner_id,campaign_id\n10,7\n30,7\n10,7\n',
  '1/clicks.csv': 'click_id,banner_id,campaign_id\n1,20,7\n',
  '1/conversions.csv': 'conversion_id,click_id,revenue\n1,1,5\n',
  '2/impressions.csv': 'banner_id,campaign_id\n40,7\n10,7\n50,8\n',
}

/** Builds and loads as a server does. */
async function load(files: Record<string, string>, withCandidates = true) {
  return withFolder(async (folder) => {
    const [input, out] = [join(folder, 'in'), join(folder, 'out')]
    await writeFiles(input, files)
    await buildPools({ ...BUILD_DEFAULTS, input, out, allowMissing: true })
    const build = await loadInThread(out, { withCandidates })
    return build?.candidates
  })
}

const listOf = (candidates: Candidates | undefined, ids: readonly number[]) =>
  ids.map((id) => candidates && [...findCandidates(candidates, id)])

describe('loadInThread', () => {
  it('reads the candidates of all quarters, and those of campaign_banners.csv', async () => {
    const list = 'campaign_id,banner_id\n7,60\n9,70\n7,10\n'
    const candidates = await load({ ...LOGS, 'campaign_banners.csv': list })

    expect(listOf(candidates, [7, 8, 9, 10])).toEqual([[10, 20, 30, 40, 60], [50], [70], []])
    expect(candidates?.candidateBanners).toBeInstanceOf(Uint32Array)
  })

  it('reads them without a list, too, and not unless it is asked to', async () => {
    expect(listOf(await load(LOGS), [7, 9])).toEqual([[10, 20, 30, 40], []])
    expect(await load(LOGS, false)).toBeUndefined()
  })
})
