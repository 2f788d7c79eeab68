/** A collector whose disk gets full: a small file system of its own. */
import { execFileSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { withFolder } from '../helpers/folders.ts'
import { withCollecting } from '../server/events/event-app.ts'

/** Lines of a log, each of which must be whole. */
async function countLines(folder: string, table: string): Promise<number> {
  let lines = 0
  for (const dataset of ['1', '2', '3', '4']) {
    for (const file of await readdir(join(folder, dataset))) {
      if (!file.startsWith(table)) continue
      const text = await readFile(join(folder, dataset, file), 'utf8')
      expect(text.endsWith('\n')).toBe(true)
      lines += text.split('\n').length - 2
    }
  }
  return lines
}

describe('a full disk', () => {
  it.runIf(process.getuid?.() === 0)(
    'costs events and no redirect, is not told for each, and keeps each event that was answered',
    async () => {
      await withFolder(async (folder) => {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', folder])
        try {
          await withCollecting(folder, async ({ decide, request, collector, warnings }) => {
            const answers = { seen: { 204: 0, 503: 0 }, withId: 0, withoutId: 0 }
            const visit = async () => {
              const { seen, click } = await decide()
              answers.seen[(await request(seen)).status as 204 | 503]++
              const { status, headers } = await request(click)
              expect(status).toBe(302)
              const hasId = headers.get('location')?.includes('click_id=') === true
              answers[hasId ? 'withId' : 'withoutId']++
            }
            for (let visits = 0; visits < 3_000; visits++) await visit()

            expect(answers.seen[503]).toBeGreaterThan(0)
            expect(answers.withoutId).toBeGreaterThan(0)
            expect(collector.unkept).toMatchObject({
              ...{ lost_impression: answers.seen[503], lost_click: answers.withoutId },
            })
            // The journal, written once a second, may not fit either: then the folder is opened anew.
            expect(warnings[0]).toBe(`events are lost: disk full: ${folder}`)
            expect(warnings.length).toBeLessThan(20)

            execFileSync('mount', ['-o', 'remount,size=4m', folder])
            await vi.waitFor(async () => {
              const kept = answers.seen[204]
              await visit()
              expect(answers.seen[204]).toBe(kept + 1)
            })
            const before = answers.seen[503]
            for (let visits = 0; visits < 100; visits++) await visit()

            expect(answers.seen[503]).toBe(before)
            expect(await countLines(folder, 'impressions')).toBe(answers.seen[204])
            expect(await countLines(folder, 'clicks')).toBe(answers.withId)
          })
        } finally {
          execFileSync('umount', [folder])
        }
      })
    },
  )
})
