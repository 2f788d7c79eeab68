import type { Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DATASETS, type Dataset, TABLES, type Table } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'

/** An input file, found by its name and not yet opened. */
export interface SourceFile {
  readonly dataset: Dataset
  readonly table: Table
  /** Below the input folder, with `/`; what the manifest and the rejects name. */
  readonly path: string
  /** As the operating system opens it. */
  readonly fullPath: string
  readonly bytes: number
}

/** What is in the input folder. */
export interface Sources {
  /** Ordered by dataset, table, path. */
  readonly files: readonly SourceFile[]
  /** Sentences about what is missing, empty unless `allowMissing`, and about files passed over. */
  readonly warnings: readonly string[]
}

/** `clicks.csv`, `clicks_1.csv`, `clicks_2026-11-23T10.csv.gz` */
const FILE_NAME = /^(impressions|clicks|conversions)(_.*)?\.csv(\.gz)?$/

/**
 * Finds the input files: `<input>/<dataset>/<table>[_anything].csv[.gz]`.
 *
 * @param allowMissing - A missing dataset or table is a warning.
 * @throws {PipelineError} If the folder cannot be read, holds no dataset, or lacks a dataset or a table.
 */
export async function findSources(input: string, allowMissing: boolean): Promise<Sources> {
  const entries = await readFolder(input)
  const present = DATASETS.filter((dataset) => entries.includes(String(dataset)))
  if (present.length === 0) {
    throw new PipelineError(
      `no dataset found, expected the folders 1 to 4 with CSV files: ${input}`,
    )
  }
  const files: SourceFile[] = []
  const warnings: string[] = []
  for (const dataset of present) {
    const found = await findDataset(input, dataset)
    files.push(...found.files)
    warnings.push(...found.warnings)
  }
  const missing = DATASETS.flatMap((dataset) => missingTables(input, dataset, files))
  if (missing.length > 0 && !allowMissing) {
    throw new PipelineError(`${missing.join('; ')} (--allow-missing builds without)`)
  }
  return { files, warnings: [...warnings, ...missing] }
}

async function findDataset(input: string, dataset: Dataset): Promise<Sources> {
  const folder = join(input, String(dataset))
  const files: SourceFile[] = []
  const warnings: string[] = []
  for (const name of (await readFolder(folder)).sort()) {
    const fullPath = join(folder, name)
    const table = FILE_NAME.exec(name)?.[1] as Table | undefined
    const status = await statFile(fullPath)
    if (table === undefined) {
      if (looksLikeLog(name)) warnings.push(`not read, its name fits no table: ${fullPath}`)
    } else if (!status.isFile()) {
      throw new PipelineError(`not a file: ${fullPath}`)
    } else {
      files.push({ dataset, table, path: `${dataset}/${name}`, fullPath, bytes: status.size })
    }
  }
  files.sort((a, b) => TABLES.indexOf(a.table) - TABLES.indexOf(b.table))
  return { files, warnings }
}

/** Hidden files and notes lie in many folders; a CSV that is not read may be a misspelt table. */
function looksLikeLog(name: string): boolean {
  return !name.startsWith('.') && /\.(csv|tsv|txt|gz|zip|parquet)/i.test(name)
}

function missingTables(input: string, dataset: Dataset, files: readonly SourceFile[]): string[] {
  const own = files.filter((file) => file.dataset === dataset)
  if (own.length === 0) return [`dataset ${dataset} is missing: ${join(input, String(dataset))}`]
  return TABLES.filter((table) => !own.some((file) => file.table === table)).map(
    (table) => `table ${table} is missing: ${join(input, String(dataset), `${table}_*.csv`)}`,
  )
}

async function readFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const remedy = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`
    throw new PipelineError(`input folder ${remedy}, see --input: ${folder}`)
  }
}

async function statFile(path: string): Promise<Stats> {
  try {
    return await stat(path)
  } catch (error) {
    throw new PipelineError(`cannot be read (${(error as NodeJS.ErrnoException).code}): ${path}`)
  }
}
