import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildPools } from '../../../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../../../pipeline/commands/features.ts'
import { makeSample } from '../../../pipeline/sample/sample.ts'
import { hashOutputs } from '../../../scripts/lib/outputs.ts'
import { csv, withBuild } from '../../helpers/builds.ts'
import { withFolder } from '../../helpers/folders.ts'
import { size, someOf } from '../../helpers/size.ts'

type Files = Record<string, string | Uint8Array>

const CHANGES: readonly (readonly [string, (files: Files) => Files])[] = [
  ['every file twice', repeatFiles],
  ['packed files', packFiles],
  ['rows in another order', (files: Files) => mapBodies(files, (rows) => rows.reverse())],
  ['one file in two', splitFiles],
  ['files of other names', (files: Files) => mapNames(files, (name) => name.replace('_', '_z'))],
  ['quoted values', (files: Files) => mapBodies(files, quoteAll)],
  ['CRLF line ends', (files: Files) => mapText(files, (text) => text.replaceAll('\n', '\r\n'))],
  ['a byte order mark', (files: Files) => mapText(files, (text) => `\uFEFF${text}`)],
  ['no last line end', (files: Files) => mapText(files, (text) => text.slice(0, -1))],
  ['other columns between', (files: Files) => mapText(files, addColumn)],
  ['columns in reverse', (files: Files) => mapText(files, reverseColumns)],
  ['rows that stand twice', repeatRows],
]

/** Sample logs, and the bytes of their build. */
let files: Record<string, string> = {}
let expected: Record<string, string> = {}
beforeAll(async () => {
  await withFolder(async (folder) => {
    await makeSample({ out: folder, scale: 0.01, seed: 1 })
    files = await readFiles(folder)
  })
  expected = await withBuild(files, ({ out }) => hashOutputs(out))
})

describe('the bytes of a build', () => {
  it.each(someOf(CHANGES, 2))('are the same with %s', async (_, change) => {
    const actual = await withBuild(change(files), ({ out }) => hashOutputs(out))

    expect(actual).toEqual(expected)
  })

  it('are the same with one thread, with two and with four', async () => {
    await withFolder(async (folder) => {
      const input = join(folder, 'sample')
      await makeSample({ out: input, scale: size(0.1, 1), seed: 1 })
      const hashes = new Set<string>()

      for (const threads of [1, 2, 4]) {
        const out = join(folder, `out${threads}`)
        await buildPools({ ...BUILD_DEFAULTS, input, out, threads })
        hashes.add(JSON.stringify(await hashOutputs(out)))
      }

      expect(hashes.size).toBe(1)
    })
  })
})

async function readFiles(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  for (const name of await readdir(folder, { recursive: true })) {
    if (name.endsWith('.csv')) files[name] = await readFile(join(folder, name), 'utf8')
  }
  return files
}

function mapText(files: Files, change: (text: string) => string): Files {
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path, change(String(text))]),
  )
}

function mapNames(files: Files, change: (name: string) => string): Files {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [change(path), text]))
}

function mapBodies(files: Files, change: (rows: string[]) => string[]): Files {
  return mapText(files, (text) => {
    const [header = '', ...rows] = text.trimEnd().split('\n')
    return csv(header, change(rows))
  })
}

function quoteAll(rows: string[]): string[] {
  return rows.map((row) => `"${row.replaceAll(',', '","')}"`)
}

function addColumn(text: string): string {
  return text.replace(/^([^,]*),/gm, '$1,"größer, x",').replace('"größer, x"', 'agent')
}

function reverseColumns(text: string): string {
  return mapLines(text, (line) => line.split(',').reverse().join(','))
}

function mapLines(text: string, change: (line: string) => string): string {
  return `${text.trimEnd().split('\n').map(change).join('\n')}\n`
}

function splitFiles(files: Files): Files {
  const halves: Files = {}
  for (const [path, text] of Object.entries(files)) {
    const [header = '', ...rows] = String(text).trimEnd().split('\n')
    const middle = Math.floor(rows.length / 2)
    halves[path] = csv(header, rows.slice(middle))
    halves[path.replace('.csv', '_b.csv')] = csv(header, rows.slice(0, middle))
  }
  return halves
}

/** Impressions are left out: there, every row counts. */
function repeatRows(files: Files): Files {
  return mapNamed(files, (path, text) => {
    if (path.includes('impressions')) return text
    const [header = '', ...rows] = text.trimEnd().split('\n')
    return csv(header, [...rows, ...rows])
  })
}

function mapNamed(files: Files, change: (path: string, text: string) => string): Files {
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path, change(path, String(text))]),
  )
}

function repeatFiles(files: Files): Files {
  return { ...files, ...mapNames(files, (path) => path.replace('.csv', '_again.csv')) }
}

function packFiles(files: Files): Files {
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [`${path}.gz`, gzipSync(String(text))]),
  )
}
