import { describe, expect, it } from 'vitest'
import { rowsOf, writeBuild } from '../../../scripts/lib/pool-files.ts'
import { loadInThread } from '../../../server/pools/load-thread.ts'
import { withFolder } from '../../helpers/folders.ts'

describe('loadInThread', () => {
  it('says in one line that there is too little memory, and the process lives on', async () => {
    await withFolder(async (folder) => {
      await writeBuild(folder, rowsOf({ 7: [30, 10] }))

      // The program itself takes more.
      await expect(loadInThread(folder, { memoryMb: 4 })).rejects.toThrow(
        /^loading the build takes more than 4 MB of heap: .+$/,
      )
      expect((await loadInThread(folder))?.pools.campaignCount).toBe(1)
    })
  })
})
