import { join } from 'node:path'
import type { Table } from '../../contract/schema.ts'
import { type Header, parseHeader } from '../../pipeline/input/scan/header.ts'
import { type Inspection, inspectFile } from '../../pipeline/input/scan/inspect.ts'
import { parseLine, type Reject, type Row } from '../../pipeline/input/scan/line.ts'
import { withFolder, writeFiles } from './folders.ts'

/** The header of a log with just its columns, lines ending in a line feed. */
export const PLAIN_HEADERS: Readonly<Record<Table, string>> = {
  impressions: 'banner_id,campaign_id\n',
  clicks: 'click_id,banner_id,campaign_id\n',
  conversions: 'conversion_id,click_id,revenue\n',
}

/** Parses a header given as text. */
export function headerOf(text: string, table: Table = 'clicks'): Header {
  return parseHeader(Buffer.from(text), table)
}

/** Parses one line of a log with just its columns. */
export function lineOf(
  line: string | Uint8Array,
  table: Table = 'clicks',
  header: string = PLAIN_HEADERS[table],
): Row | Reject {
  const context = { header: headerOf(header, table), table, lineNumber: 2, isLast: false }
  return parseLine(Buffer.from(line), context)
}

/** Inspects a file with this content. */
export function inspect(
  content: string | Uint8Array,
  table: Table = 'clicks',
  name = 'file.csv',
): Promise<Inspection> {
  return withFolder(async (folder) => {
    await writeFiles(folder, { [name]: content })
    return inspectFile({ path: join(folder, name), table })
  })
}
