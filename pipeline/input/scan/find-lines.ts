import type { List, Table } from '../../../contract/schema.ts'
import type { FileDigest } from './blocks.ts'
import { headerEnd } from './header.ts'
import { assertSameFile, type Inspection, readAgain } from './inspect.ts'
import { parseLine, rejectText } from './line.ts'
import { withSink } from './sink.ts'

const LINE_FEED = 10

/** Ids whose rows turned out unfit only after all files were read, and the file to look for them in. */
export interface FindLinesTask {
  readonly path: string
  readonly table: Table | List
  readonly inspection: Inspection
  /** The keys of these rows, in canonical form. */
  readonly keys: ReadonlySet<string>
  /** Gets one {@link FoundLine} as JSON a line. */
  readonly linesPath: string
}

/** A line of a row that was looked for. */
export interface FoundLine {
  readonly key: string
  /** The header is line 1. */
  readonly line: number
  /** As a reject keeps it. */
  readonly text: string
}

/**
 * Finds the lines of conflicts and orphans again, so that a reject names its line and keeps its text.
 *
 * @throws {PipelineError} If the file changed since the inspection.
 */
export function findLines({
  path,
  table,
  inspection,
  keys,
  linesPath,
}: FindLinesTask): Promise<void> {
  return withSink(linesPath, async (found) => {
    const { header } = inspection
    let lineNumber = 0
    let digest: FileDigest | null = null
    for await (const block of readAgain({ path, inspection }, (end) => (digest = end))) {
      const start = lineNumber === 0 ? headerEnd(block) : 0
      if (lineNumber === 0) lineNumber = 1
      for (const { line, isLast } of linesOf(block, start)) {
        lineNumber += 1
        const parsed = parseLine(line, { header, table, lineNumber, isLast })
        const key = 'values' in parsed ? parsed.values[0] : undefined
        if (key === undefined || !keys.has(key)) continue
        const match: FoundLine = { key, line: lineNumber, text: rejectText(line) }
        found.push(`${JSON.stringify(match)}\n`)
      }
      await found.flush()
    }
    assertSameFile(inspection, digest)
  })
}

interface Line {
  /** Without its line feed. */
  readonly line: Buffer
  readonly isLast: boolean
}

function* linesOf(block: Buffer, start: number): Generator<Line> {
  for (let position = start; position < block.length; ) {
    const lineFeed = block.indexOf(LINE_FEED, position)
    const isLast = lineFeed === -1
    const end = isLast ? block.length : lineFeed
    yield { line: block.subarray(position, end), isLast }
    position = end + 1
  }
}
