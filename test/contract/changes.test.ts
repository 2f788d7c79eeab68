import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type Change,
  formatChange,
  formatEpoch,
  formatHold,
  formatStateId,
} from '../../contract/changes.ts'
import {
  continues,
  listChanges,
  readChange,
  readEpoch,
  readHold,
} from '../../contract/read-changes.ts'
import { withFolder, writeFiles } from '../helpers/folders.ts'

const ID = '0123456789abcdef'
const EPOCH = 'aaaabbbbccccdddd'

const CHANGE: Change = {
  format_version: 2,
  build_id: ID,
  epoch: EPOCH,
  from: 2,
  n: 3,
  previous_sha256: 'e'.repeat(64),
  created_at: '2026-11-23T10:00:00.000Z',
  touched: [{ dataset: 1, campaign_ids: [7, 12] }],
  places: [
    { path: '1/clicks_2026-11-23.csv', dataset: 1, table: 'clicks', lines_bytes: 120 },
    { path: '1/clicks_2026-11-22.csv', dataset: 1, table: 'clicks', lines_bytes: null },
  ],
  outputs: [
    { file: 'pools.parquet', bytes: 5, sha256: 'b'.repeat(64), rows: 1 },
    { file: 'banner_stats.parquet', bytes: 6, sha256: 'c'.repeat(64), rows: 2 },
  ],
  checks: [{ name: 'pools_are_in_order', severity: 'error', failing_rows: 0, passed: true }],
}

const NOTES = { format_version: 2, build_id: ID } as const
const AT = '2026-11-23T10:00:00.000Z'

/** Writes files below an artifacts folder. */
function withArtifacts<T>(
  files: Readonly<Record<string, string>>,
  fn: (folder: string) => Promise<T>,
): Promise<T> {
  return withFolder(async (folder) => {
    await writeFiles(folder, files)
    return fn(folder)
  })
}

describe('readChange', () => {
  it('gives back what was written, and the sha256 that the next change names', async () => {
    await withArtifacts({ [`live/${ID}/3/change.json`]: formatChange(CHANGE) }, async (folder) => {
      const read = await readChange(folder, ID, 3)

      expect(read.change).toEqual(CHANGE)
      expect(read.sha256).toMatch(/^[0-9a-f]{64}$/)
      expect(read.folder).toBe(join(folder, 'live', ID, '3'))
    })
  })

  it('refuses every altered byte', async () => {
    const text = formatChange(CHANGE)
    await withFolder(async (folder) => {
      const path = `live/${ID}/3/change.json`
      for (let at = 0; at < text.length; at += 7) {
        const other = text[at] === '0' ? '1' : '0'
        await writeFiles(folder, { [path]: `${text.slice(0, at)}${other}${text.slice(at + 1)}` })
        await expect(readChange(folder, ID, 3)).rejects.toThrow()
      }
    })
  })

  it.each([
    ['another number', { ...CHANGE, n: 4 }, 'is of 0123456789abcdef+4 from 2'],
    ['another build', { ...CHANGE, build_id: 'f'.repeat(16) }, 'is of ffffffffffffffff+3'],
    ['itself as the one before', { ...CHANGE, from: 3 }, 'from 3'],
    ['one file', { ...CHANGE, outputs: CHANGE.outputs.slice(1) }, 'not of this format, outputs'],
    ['another format', { ...CHANGE, format_version: 3 as 2 }, 'format_version'],
    [
      'an id beyond 2^53 - 1',
      { ...CHANGE, touched: [{ dataset: 1 as const, campaign_ids: [2 ** 53] }] },
      'touched.0.campaign_ids.0',
    ],
  ])('refuses a change with %s', async (_, change, message) => {
    await withArtifacts({ [`live/${ID}/3/change.json`]: formatChange(change) }, async (folder) => {
      await expect(readChange(folder, ID, 3)).rejects.toThrow(message)
    })
  })

  it('says ENOENT where there is none yet', async () => {
    await withFolder(async (folder) => {
      await expect(readChange(folder, ID, 1)).rejects.toMatchObject({ code: 'ENOENT' })
    })
  })
})

describe('continues', () => {
  const read = { change: CHANGE, sha256: 'd'.repeat(64), folder: '' }
  const applied = { epoch: EPOCH, n: 2, sha256: 'e'.repeat(64) }

  it('takes the next change only', () => {
    expect(continues(read, applied)).toBe(true)
    expect(continues(read, { ...applied, n: 1 })).toBe(false)
    expect(continues(read, { ...applied, n: 3 })).toBe(false)
    expect(continues(read, { ...applied, epoch: '0'.repeat(16) })).toBe(false)
    expect(continues(read, { ...applied, sha256: '0'.repeat(64) })).toBe(false)
  })
})

describe('listChanges', () => {
  it('gives numbers in order, and nothing that is no change', async () => {
    const files = Object.fromEntries(
      ['10/a', '9/a', '.new-11/a', '012/a', 'epoch.json'].map((name) => [`live/${ID}/${name}`, '']),
    )
    await withArtifacts(files, async (folder) => {
      expect(await listChanges(folder, ID)).toEqual([9, 10])
      expect(await listChanges(folder, 'f'.repeat(16))).toEqual([])
    })
  })
})

describe('readEpoch', () => {
  it('gives null where a batch made the build current', async () => {
    await withFolder(async (folder) => {
      expect(await readEpoch(folder, ID)).toBeNull()
    })
  })

  it('reads the run of changes, and refuses that of another build', async () => {
    const epoch = { ...NOTES, epoch: EPOCH, started_at: AT }
    const text = formatEpoch(epoch)
    const files = { [`live/${ID}/epoch.json`]: text, 'live/ffffffffffffffff/epoch.json': text }
    await withArtifacts(files, async (folder) => {
      expect(await readEpoch(folder, ID)).toEqual(epoch)
      await expect(readEpoch(folder, 'f'.repeat(16))).rejects.toThrow(`is of build ${ID}`)
    })
  })
})

describe('readHold', () => {
  it('gives null where nothing is held', async () => {
    await withFolder(async (folder) => {
      expect(await readHold(folder)).toBeNull()
    })
  })

  it('reads what is held, and refuses an altered file', async () => {
    const hold = { ...NOTES, n: 4, reason: 'rolled back', since: AT }
    await withArtifacts({ 'live/hold.json': formatHold(hold) }, async (folder) => {
      expect(await readHold(folder)).toEqual(hold)
      await writeFiles(folder, { 'live/hold.json': formatHold(hold).replace('"n": 4', '"n": 5') })
      await expect(readHold(folder)).rejects.toThrow('hold_sha256 differs')
    })
  })
})

describe('formatStateId', () => {
  it('names a build alone as it is called', () => {
    expect(formatStateId(ID, 0)).toBe(ID)
    expect(formatStateId(ID, 12)).toBe(`${ID}+12`)
  })
})
