/** How to open a build with DuckDB: views of its files, under the names that `sql/analysis/` reads. */
import { join } from 'node:path'
import { printable } from '../../contract/printable.ts'
import { readManifest, resolveBuildFolder } from '../../contract/read.ts'
import { literalPath, quotedString } from '../base/database.ts'
import { PipelineError } from '../base/errors.ts'
import { LIST_OUTPUTS, OUTPUTS } from '../publish/outputs.ts'

/** The document of `pools shell --json`. */
export interface ShellGuide {
  readonly build_id: string
  /** Of the build itself, not of `current`: all answers are of one build, whatever is published meanwhile. */
  readonly folder: string
  /** Statements that make the views `pools`, `banner_stats`, `rejects` and those of lists, for any client of DuckDB. */
  readonly sql: string
  /** A line for a POSIX shell that opens DuckDB's command line with these views. */
  readonly command: string
}

/**
 * Tells how to open a build.
 *
 * @param artifacts - An artifacts folder or the folder of one build.
 * @throws {ArtifactError} If there is no build.
 */
export async function guideShell(artifacts: string): Promise<ShellGuide> {
  const folder = await resolveBuildFolder(artifacts)
  if (printable(folder) !== folder) {
    throw new PipelineError(`a path with control characters cannot be typed: ${folder}`)
  }
  const { build_id, outputs } = await readManifest(folder)
  const lists = LIST_OUTPUTS.filter((list) => outputs.some(({ file }) => file === list.file))
  const sql = [...OUTPUTS, ...lists]
    .map(({ name, file }) => createView(name, join(folder, file)))
    .join('\n')
  return { build_id, folder, sql, command: `duckdb -cmd ${quotedWord(sql.replaceAll('\n', ' '))}` }
}

/** Words a guide for people: each line but the last is a comment, so all of it can be given to a shell. */
export function describeGuide({ build_id, command }: ShellGuide): string[] {
  return [
    `# build ${build_id} in DuckDB's command line, with the views pools, banner_stats and rejects;`,
    '# ready questions are in sql/analysis: .read sql/analysis/top_campaigns.sql',
    command,
  ]
}

function createView(name: string, path: string): string {
  return `create view ${name} as select * from read_parquet(${quotedString(literalPath(path))});`
}

/** Quotes a word for a POSIX shell: within single quotes everything stands for itself, but a single quote. */
function quotedWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
