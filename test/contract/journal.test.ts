import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  formatJournalRecord,
  parseJournalRecord,
  readJournalLengths,
  readLastRecord,
} from '../../contract/journal.ts'
import { withFolder, writeFiles } from '../helpers/folders.ts'

const FIRST = formatJournalRecord({ lengths: { '1/clicks_a.csv': 10 } })
const SECOND = formatJournalRecord({ lengths: { '1/clicks_a.csv': 20, '2/clicks_b.csv': 5 } })

describe('readJournalLengths', () => {
  it('is that of the last whole record, wherever the journal is cut', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'journal')
      const text = FIRST + SECOND
      for (let length = 0; length <= text.length; length += 1) {
        await writeFiles(folder, { journal: text.slice(0, length) })
        const lengths = Object.fromEntries(await readJournalLengths(path))

        if (length < FIRST.length) expect(lengths).toEqual({})
        else if (length < text.length) expect(lengths).toEqual({ '1/clicks_a.csv': 10 })
        else expect(lengths).toEqual({ '1/clicks_a.csv': 20, '2/clicks_b.csv': 5 })
      }
    })
  })

  it('is empty without a journal', async () => {
    expect([...(await readJournalLengths('/nowhere/journal'))]).toEqual([])
  })
})

describe('parseJournalRecord', () => {
  it('refuses a record with an altered digit', () => {
    expect(parseJournalRecord(FIRST.trimEnd())).toEqual({ lengths: { '1/clicks_a.csv': 10 } })
    expect(parseJournalRecord(FIRST.trimEnd().replace('10', '11'))).toBeNull()
  })
})

describe('readLastRecord', () => {
  it('finds a record that is longer than what is read first', async () => {
    await withFolder(async (folder) => {
      const lengths = Object.fromEntries(
        Array.from({ length: 3_000 }, (_, n) => [`1/clicks_${n}.csv`, n]),
      )
      await writeFiles(folder, { journal: `${FIRST}${formatJournalRecord({ lengths })}half` })

      const { record, end } = await readLastRecord(join(folder, 'journal'))

      expect(record).toEqual({ lengths })
      expect(end).toBe((await stat(join(folder, 'journal'))).size - 4)
    })
  })
})
