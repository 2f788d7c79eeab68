import { afterEach, describe, expect, it, vi } from 'vitest'
import { buildIdOf } from '../../../pipeline/build/build-id.ts'
import type * as models from '../../../pipeline/rank/models.ts'

/** Adds a comment to the SQL of one folder as it is read. */
const changed = vi.hoisted(() => ({ folder: '' }))

vi.mock('../../../pipeline/rank/models.ts', async (load) => {
  const original = await load<typeof models>()
  const readSql: typeof models.readSql = async (folder, name) => {
    const text = await original.readSql(folder, name)
    return folder === changed.folder ? `${text}\n-- changed` : text
  }
  return { ...original, readSql }
})

describe('buildIdOf', () => {
  afterEach(() => {
    changed.folder = ''
  })

  it.each(['staging', 'marts', 'publish', 'checks'])(
    'gives another id if a statement of %s changes, so that it is run on the same logs',
    async (folder) => {
      const options = { seed: 0, renames: [], keepEqualFiles: false, lists: [], window: null }
      const before = await buildIdOf([], options)
      changed.folder = folder

      expect(await buildIdOf([], options)).not.toBe(before)
    },
  )
})
