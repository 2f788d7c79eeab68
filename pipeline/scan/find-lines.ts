import type { Table } from '../../artifacts/schema.ts'
import { type FileDigest, readBlocks } from './blocks.ts'
import { assertSameFile, headerEnd, type Inspection } from './inspect.ts'
import { parseLine, rejectText } from './line.ts'
import { withSink } from './sink.ts'

const LINE_FEED = 10

/** Ids whose rows turned out unfit only after all files were read, and the file to look for them in. */
export interface FindLinesTask {
  readonly path: string
  readonly table: Table
  readonly inspection: Inspection
  /** The key of each such row, and why it is rejected: all lines of a conflict, the first of an orphan. */
  readonly reasons: ReadonlyMap<string, 'conflict' | 'orphan'>
  /** Gets one JSON object `{line, reason, text}` a line. */
  readonly rejectsPath: string
}

/**
 * Finds the lines of conflicts and orphans again, so that a reject names its line and keeps its text.
 *
 * @returns How many lines were found.
 * @throws {PipelineError} If the file changed since the inspection.
 */
export function findLines(task: FindLinesTask): Promise<number> {
  return withSink(task.rejectsPath, async (rejects) => {
    const { header } = task.inspection
    const reasons = new Map(task.reasons)
    let lineNumber = 0
    let found = 0
    let digest: FileDigest | null = null
    for await (const block of readBlocks(task.path, (end) => (digest = end))) {
      const start = lineNumber === 0 ? headerEnd(block) : 0
      if (lineNumber === 0) lineNumber = 1
      for (const { line, isLast } of linesOf(block, start)) {
        lineNumber += 1
        const parsed = parseLine(line, { header, table: task.table, lineNumber, isLast })
        const key = 'values' in parsed ? (parsed.values[0] ?? '') : ''
        const reason = reasons.get(key)
        if (reason === undefined) continue
        if (reason === 'orphan') reasons.delete(key)
        found += 1
        rejects.push(`${JSON.stringify({ line: lineNumber, reason, text: rejectText(line) })}\n`)
      }
      await rejects.flush()
    }
    assertSameFile(task.inspection, digest)
    return found
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
