import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ClickBlocks } from '../../../../pipeline/live/receive/click-blocks.ts'
import { withFolder } from '../../../helpers/folders.ts'

const [ONE_RUN, OTHER] = ['6b0d91a60000000001', '6b0d91a70000000002'] as const
const FIRST = 2 ** 52

describe('ClickBlocks', () => {
  it('knows after a kill who gave ids, also where it has cut the last line', async () => {
    await withFolder(async (folder) => {
      const blocks = new ClickBlocks()
      blocks.isForeign(FIRST, ONE_RUN)
      await blocks.save(folder)
      await appendFile(join(folder, 'click-blocks'), '68719476737 6b0d91')
      const again = await ClickBlocks.read(folder)
      again.isForeign(FIRST + 65_536, OTHER)
      await again.save(folder)
      const last = await ClickBlocks.read(folder)

      expect([last.isForeign(FIRST, OTHER), last.isForeign(FIRST, ONE_RUN)]).toEqual([true, false])
      expect(last.isForeign(FIRST + 65_537, ONE_RUN)).toBe(true)
    })
  })
})
