import { appendFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readReceivedRejects } from '../../../../contract/received.ts'
import { showRejects } from '../../../../pipeline/live/receive/show-rejects.ts'
import { openStore } from '../../../../pipeline/live/receive/store.ts'
import { withFolder } from '../../../helpers/folders.ts'

const REJECT = {
  ...{ topic: 'clicks', partition: 1, line: null, reason: 'null_value' as const },
  ...{ lines: 1, size: 3, bytes: Buffer.from('abc') },
}

/** Writes rejects of these offsets as a receiver does. */
async function refuse(input: string, day: string, offsets: readonly number[]): Promise<void> {
  const store = await openStore(input)
  const rejects = offsets.map((offset) => ({ ...REJECT, offset }))
  await store.commit({ day, lines: [], rejects, topics: {}, gaps: [], forgetBeforeMs: 0 })
  await store.close()
}

describe('showRejects', () => {
  it('copies what a receiver refused, the latest first, no further than its journal says', async () => {
    await withFolder(async (folder) => {
      const [input, out] = [join(folder, 'in'), join(folder, 'out')]
      await refuse(input, '2026-11-29', [3])
      await refuse(input, '2026-11-30', [5, 8])
      await appendFile(join(input, '.receive/rejects-2026-11-30.jsonl'), '{"topic":"cl')

      await showRejects({ input, out }, AbortSignal.abort())

      const line = { topic: 'clicks', partition: 1, line: null, reason: 'null_value', lines: 1 }
      expect(await readReceivedRejects(out)).toEqual({
        total: 3,
        day: '2026-11-30',
        counts: { null_value: 2 },
        latest: [8, 5].map((offset) => ({ ...line, offset, bytes: 3, text: 'abc' })),
      })
    })
  })

  it('shows a hundred lines of many', async () => {
    await withFolder(async (folder) => {
      const [input, out] = [join(folder, 'in'), join(folder, 'out')]
      const offsets = Array.from({ length: 1_500 }, (_, offset) => offset)
      await refuse(input, '2026-11-30', offsets)

      await showRejects({ input, out }, AbortSignal.abort())

      const shown = await readReceivedRejects(out)
      expect(shown?.counts).toEqual({ null_value: 1_500 })
      // Of a day and reason a thousand texts are kept.
      expect(shown?.latest.map(({ offset }) => offset)).toEqual(
        Array.from({ length: 100 }, (_, nth) => 999 - nth),
      )
    })
  })

  it('writes nothing where no receiver was, or none refused a line', async () => {
    await withFolder(async (folder) => {
      const [input, out] = [join(folder, 'in'), join(folder, 'out')]
      await showRejects({ input, out }, AbortSignal.abort())
      await refuse(input, '2026-11-30', [])
      await showRejects({ input, out }, AbortSignal.abort())

      expect(await readdir(folder)).toEqual(['in'])
      expect(await readReceivedRejects(out)).toBeNull()
    })
  })
})
