import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { findSources, type SourceFile } from '../../pipeline/input/sources.ts'

/** Impressions and clicks of four datasets in eleven files each, conversions in three: a hundred in all. */
const PARTS = { impressions: 11, clicks: 11, conversions: 3 }

const LINE_FEED = 10

/**
 * Copies logs into a hundred files.
 *
 * @returns Their paths; the last is one of clicks.
 */
export async function splitLogs(from: string, to: string): Promise<string[]> {
  const paths: string[] = []
  for (const source of (await findSources(from, { allowMissing: false })).files) {
    paths.push(...(await splitFile(source, to)))
  }
  const isClicks = (path: string) => path.includes('/clicks_')
  return [...paths.filter((path) => !isClicks(path)), ...paths.filter(isClicks)]
}

async function splitFile({ dataset, table, fullPath }: SourceFile, to: string): Promise<string[]> {
  const bytes = await readFile(fullPath)
  const headerEnd = bytes.indexOf(LINE_FEED) + 1
  const size = Math.ceil((bytes.length - headerEnd) / PARTS[table])
  const paths: string[] = []
  for (let start = headerEnd; start < bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, Math.min(start + size, bytes.length) - 1) + 1
    const path = join(to, String(dataset), `${table}_${paths.length}.csv`)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, Buffer.concat([bytes.subarray(0, headerEnd), bytes.subarray(start, end)]))
    paths.push(path)
    start = end
  }
  return paths
}
