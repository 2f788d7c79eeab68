import { afterEach, describe, expect, it, vi } from 'vitest'
import type * as sql from '../../../pipeline/base/sql.ts'
import { computeBuildId } from '../../../pipeline/build/build-id.ts'

const NOTHING = { files: [], lists: [] }
const OPTIONS = { seed: 0, renames: [], keepEqualFiles: false, window: null }

/** Adds a comment to the SQL of one folder as it is read. */
const changed = vi.hoisted(() => ({ folder: '' }))

vi.mock('../../../pipeline/base/sql.ts', async (load) => {
  const original = await load<typeof sql>()
  const readSql: typeof sql.readSql = async (folder, name) => {
    const text = await original.readSql(folder, name)
    return folder === changed.folder ? `${text}\n-- changed` : text
  }
  return { ...original, readSql }
})

describe('computeBuildId', () => {
  afterEach(() => {
    changed.folder = ''
  })

  it.each(['staging', 'lists', 'marts', 'publish', 'checks'])(
    'gives another id if a statement of %s changes, so that it is run on the same logs',
    async (folder) => {
      const before = await computeBuildId(NOTHING, OPTIONS)
      changed.folder = folder

      expect(await computeBuildId(NOTHING, OPTIONS)).not.toBe(before)
    },
  )
})
