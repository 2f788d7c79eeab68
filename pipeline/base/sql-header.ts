/** The comment on top of a file of `sql/`, which a test holds to the truth. */
import type { Severity } from '../../contract/schema.ts'

/** What a header says; null or empty where it says nothing of it. */
export interface SqlHeader {
  readonly name: string | null
  /** What the file makes; of a check, the fact that must hold. */
  readonly sentence: string | null
  /** Of a check. */
  readonly severity: Severity | null
  /** The columns that tell the rows apart. */
  readonly grain: readonly string[] | null
  readonly reads: readonly string[] | null
  readonly columns: readonly SqlColumn[]
}

/** A column and its type as DuckDB words it, in lower case. */
export interface SqlColumn {
  readonly name: string
  readonly type: string
}

/** Reads the header of a file: its first comment lines. */
export function parseSqlHeader(sql: string): SqlHeader {
  const header = /^(?:--.*\n)*/.exec(sql)?.[0] ?? ''
  const words = header.replaceAll(/\n?-- */g, ' ')
  const grain = / Grain: one row( per \(([\w, ]+)\)[ ,.:]|\.)/.exec(words)
  const reads = / Reads: ([^.]+)\./.exec(words)?.[1]
  const severity = /^-- severity: (error|warn)$/m.exec(header)?.[1]
  const sentence = /^-- \w+: ([\s\S]*?)\.\n--\n/.exec(header)?.[1]
  return {
    name: /^-- (\w+): ./.exec(header)?.[1] ?? null,
    sentence: sentence?.replaceAll(/\n--\s*/g, ' ') ?? null,
    severity: severity === undefined ? null : (severity as Severity),
    grain: grain === null ? null : listNames(grain[2] ?? ''),
    reads: reads === undefined ? null : listNames(reads).filter((table) => table !== 'nothing'),
    columns: readColumns(header),
  }
}

/** A column stands three blanks deep; the lines of its description stand deeper. */
function readColumns(header: string): SqlColumn[] {
  const [, block = ''] = header.split('-- Columns:\n')
  return [...block.matchAll(/^-- {3}(\w+) +(\S+)/gm)].map(([, name = '', type = '']) => {
    return { name, type }
  })
}

/** Only single words are names: what follows them explains. */
function listNames(text: string): string[] {
  const items = text.split(',').map((item) => item.trim())
  return items.filter((item) => /^\w+$/.test(item))
}
