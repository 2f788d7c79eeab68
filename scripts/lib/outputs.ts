import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Names the published Parquet files of a folder, those of lists only where they are, without `.parquet`. */
export async function listOutputs(out: string): Promise<string[]> {
  const files = (await readdir(out)).filter((file) => file.endsWith('.parquet'))
  return files.map((file) => file.replace('.parquet', ''))
}

/** The sha256 of each published Parquet file. */
export async function hashOutputs(out: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {}
  for (const name of await listOutputs(out)) {
    const bytes = await readFile(join(out, `${name}.parquet`))
    hashes[name] = createHash('sha256').update(bytes).digest('hex')
  }
  return hashes
}
