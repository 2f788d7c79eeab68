import { renameSync } from 'node:fs'
import { appendFile, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { InputReader } from '../../../pipeline/live/input-reader.ts'
import { smallWorld } from '../../helpers/builds.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'
import { size } from '../../helpers/size.ts'
import { describeState } from '../../helpers/state/describe-state.ts'

const NOW = new Date('2026-11-30T12:00:00Z')
const CLICKS = '1/clicks_1.csv'

function createReader(folder: string): { reader: InputReader; notes: string[] } {
  const notes: string[] = []
  const options = { renames: [], followLinks: false, keepEqualFiles: false, days: null }
  const reader = new InputReader({
    ...options,
    input: join(folder, 'in'),
    out: join(folder, 'out'),
    countsFolder: join(folder, 'counts'),
    note: (line) => notes.push(line),
  })
  return { reader, notes }
}

/** Counts and saves, lets `change` happen, and starts again at the places that were published. */
async function startAgain(folder: string, change: (folder: string) => Promise<void>) {
  await writeFiles(join(folder, 'in'), smallWorld())
  const first = createReader(folder).reader
  await first.look(NOW, 0)
  await first.save()
  const places = first.places()
  await change(folder)
  const { reader, notes } = createReader(folder)
  const isPublished = await reader.catchUp(places, { duplicates: new Set(), now: NOW })
  await reader.look(NOW, 10_000)
  return { reader, notes, isPublished }
}

async function countFresh(folder: string) {
  const { reader } = createReader(folder)
  await reader.look(NOW, 0)
  return describeState(reader.state)
}

describe('InputReader', () => {
  it.each([
    ['nothing changed', async () => undefined, true],
    [
      'a file grew',
      (folder: string) => appendFile(join(folder, 'in', CLICKS), '100,31,7\n900,31,7\n'),
      true,
    ],
    [
      'a file was packed',
      async (folder: string) => {
        const path = join(folder, 'in', CLICKS)
        await writeFile(`${path}.new`, gzipSync(await readFile(path)))
        await rename(path, `${folder}/old.csv`)
        await rename(`${path}.new`, `${path}.gz`)
      },
      true,
    ],
  ])('goes on with saved counts when %s', async (_, change, expected) => {
    await withFolder(async (folder) => {
      const { reader, notes, isPublished } = await startAgain(folder, change)

      expect(notes.filter((line) => line.startsWith('counting anew'))).toEqual([])
      expect(isPublished).toBe(expected)
      expect(describeState(reader.state)).toEqual(await countFresh(folder))
    })
  })

  it('counts right when files are renamed at any moment of the start', async () => {
    const moved = ['1/impressions_1.csv', '4/conversions_4.csv']
    const parts = size(4, 16)
    let startMs = 0
    for (let part = 0; part <= parts; part += 1) {
      await withFolder(async (folder) => {
        await writeFiles(join(folder, 'in'), smallWorld())
        const first = createReader(folder).reader
        await first.look(NOW, 0)
        await first.save()
        const { reader } = createReader(folder)
        const beginMs = performance.now()

        const start = reader.catchUp(first.places(), { duplicates: new Set(), now: NOW })
        const passed = () => performance.now() - beginMs
        while (part > 0 && passed() < (startMs * part) / parts) await new Promise(setImmediate)
        for (const path of moved) {
          if (part > 0) renameSync(join(folder, 'in', path), join(folder, 'in', `${path}.csv`))
        }
        await start
        // The first time nothing is renamed, and it is seen how long a start takes.
        if (part === 0) startMs = passed()

        for (let look = 1; look < 8; look += 1) {
          await reader.look(NOW, look * 2_000)
          await new Promise(setImmediate)
        }
        expect(describeState(reader.state)).toEqual(await countFresh(folder))
      })
    }
  })

  it('begins with a full build when more was counted and saved than published', async () => {
    await withFolder(async (folder) => {
      await writeFiles(join(folder, 'in'), smallWorld())
      const first = createReader(folder).reader
      await first.look(NOW, 0)
      const published = first.places()
      await appendFile(join(folder, 'in', CLICKS), '900,31,7\n')
      await first.look(NOW, 10_000)
      await first.save()
      const { reader, notes } = createReader(folder)

      const isPublished = await reader.catchUp(published, { duplicates: new Set(), now: NOW })

      expect(isPublished).toBe(false)
      expect(notes).toEqual([])
      await reader.look(NOW, 20_000)
      expect(describeState(reader.state)).toEqual(await countFresh(folder))
    })
  })

  it.each([
    [
      'a counted line was changed',
      async (folder: string) => {
        const path = join(folder, 'in', CLICKS)
        await writeFile(path, (await readFile(path, 'utf8')).replace('100,30', '100,31'))
      },
      `counting anew: ${CLICKS} has other lines`,
    ],
    [
      'the saved counts were altered',
      async (folder: string) => {
        const [name = ''] = (await readdir(join(folder, 'counts'))).filter((one) =>
          one.endsWith('.bin'),
        )
        const bytes = await readFile(join(folder, 'counts', name))
        await writeFile(join(folder, 'counts', name), bytes.fill(1, 0, 3000))
      },
      'counting anew: a saved part was altered',
    ],
  ])('counts anew and says so when %s', async (_, change, note) => {
    await withFolder(async (folder) => {
      const { reader, notes } = await startAgain(folder, change)

      expect(notes).toContain(note)
      expect(describeState(reader.state)).toEqual(await countFresh(folder))
    })
  })
})
