/** Reading the lines of a log back, packed or not, by the names of its columns. */
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

const CHUNK_BYTES = 1 << 20

/** Called for each line: the values of the wanted columns, in their order; a column that is missing is ''. */
export type TakeLine = (values: readonly string[]) => void

/**
 * Reads a log. What follows the last line end is no line.
 *
 * @throws {NodeJS.ErrnoException} If it cannot be read.
 */
export async function readLines(
  path: string,
  columns: readonly string[],
  take: TakeLine,
): Promise<void> {
  const places: number[] = []
  let isHeader = true
  await readText(path, (line) => {
    const values = splitLine(line)
    if (isHeader) places.push(...columns.map((column) => values.indexOf(column)))
    else take(places.map((place) => values[place] ?? ''))
    isHeader = false
  })
}

/** Reads the lines of a file, without their ends; what follows the last one is no line. */
export async function readText(path: string, take: (line: string) => void): Promise<void> {
  for await (const lines of readParts(path)) for (const line of lines) take(line)
}

/** Reads the lines of a file as {@link readText}, some thousand at once. */
export async function* readParts(path: string): AsyncGenerator<readonly string[]> {
  let rest = ''
  for await (const chunk of openStream(path)) {
    const lines = (rest + (chunk as Buffer).toString('latin1')).split('\n')
    rest = lines.pop() ?? ''
    yield lines
  }
}

function openStream(path: string): Readable {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES })
  if (!path.endsWith('.gz')) return file
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES })
  file.once('error', (error) => unpacked.destroy(error))
  return file.pipe(unpacked)
}

/** Ids and amounts hold no comma; some programs put them in quotes. */
function splitLine(line: string): string[] {
  const plain = line.endsWith('\r') ? line.slice(0, -1) : line
  const values = plain.split(',')
  return plain.includes('"') ? values.map((value) => value.replaceAll('"', '')) : values
}
