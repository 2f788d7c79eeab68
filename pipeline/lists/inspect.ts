/** The lists of the input folder before any row of them is read: what is in each. */
import type { InputStatus, List } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'
import { describeIgnored } from '../input/classify.ts'
import { findUnpackedLimit } from '../input/limits.ts'
import { isPacked } from '../input/packing.ts'
import { findRenames, type Rename } from '../input/renames.ts'
import type { Inspection } from '../input/scan/inspect.ts'
import { withScanner } from '../input/scan/scanner.ts'
import type { SourceList } from '../input/sources.ts'

/** A list that was read once. */
export interface InspectedList {
  readonly source: SourceList
  readonly inspection: Inspection
  readonly status: InputStatus
  readonly warnings: readonly string[]
}

/**
 * Inspects the lists. They are short beside the logs, so they are read anew by each build.
 *
 * @returns In the order of `sources`.
 * @throws {PipelineError} If one cannot be trusted as a whole, or is there packed and unpacked with different lines.
 */
export async function inspectLists(
  sources: readonly SourceList[],
  { renames }: { readonly renames: readonly Rename[] },
): Promise<InspectedList[]> {
  const inspections = await withScanner({ bytes: 0, threads: 1 }, (scanner) =>
    Promise.all(
      sources.map(({ list, fullPath: path, bytes }) =>
        scanner.run('inspectFile', path, {
          path,
          table: list,
          renames: findRenames(list, renames),
          ...(isPacked(path) ? { mostUnpackedBytes: findUnpackedLimit(bytes) } : {}),
        }),
      ),
    ),
  )
  const firsts = new Map<List, Read>()
  return sources.map((source, index) => {
    const inspection = inspections[index]
    if (inspection === undefined) throw new Error(`not inspected: ${source.path}`)
    return classifyList({ source, inspection }, firsts)
  })
}

type Read = Pick<InspectedList, 'source' | 'inspection'>

function classifyList(read: Read, firsts: Map<List, Read>): InspectedList {
  const { source, inspection } = read
  const first = firsts.get(source.list)
  if (first === undefined) {
    firsts.set(source.list, read)
    const status = inspection.rows === 0 ? 'empty' : 'loaded'
    return { ...read, status, warnings: findWarnings(inspection) }
  }
  if (first.inspection.linesSha256 !== inspection.linesSha256) {
    throw new PipelineError(
      `${first.source.fullPath}: is there packed and unpacked with different lines, remove one of the two: ${source.fullPath}`,
    )
  }
  const warnings = [`skipped, the same list as ${first.source.path}`]
  return { ...read, status: 'duplicate', warnings }
}

function findWarnings({ rows, header, isFinished }: Inspection): string[] {
  if (rows === 0) return ['has a header and no rows']
  const { ignored } = header
  return [
    ...(ignored.length > 0 ? [describeIgnored(ignored)] : []),
    ...(isFinished
      ? []
      : ['its last line has no line end: if the file was cut off, that row may be wrong']),
  ]
}
