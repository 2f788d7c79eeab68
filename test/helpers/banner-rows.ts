import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BANNERS_FILE, MANIFEST_FILE, type Manifest } from '../../contract/schema.ts'
import { writeQuery } from '../../scripts/lib/pool-files.ts'

/** A row of `banners.parquet` as SQL: `(30, 'https://…', 'Offer', 300, 250)`. */
export type BannerValues = readonly string[]

/** Adds `banners.parquet` to a build, as the pipeline would write it. */
export async function addBanners(folder: string, rows: BannerValues): Promise<void> {
  const bytes = await writeQuery(
    join(folder, BANNERS_FILE),
    `select
        col0::bigint as banner_id, col1::varchar as click_url, col2::varchar as alt,
        col3::integer as width, col4::integer as height
    from (values ${rows.join()})`,
  )
  const path = join(folder, MANIFEST_FILE)
  const manifest = JSON.parse(await readFile(path, 'utf8')) as Manifest
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const output = { file: BANNERS_FILE, bytes: bytes.length, sha256, rows: rows.length }
  await writeFile(path, JSON.stringify({ ...manifest, outputs: [...manifest.outputs, output] }))
}
