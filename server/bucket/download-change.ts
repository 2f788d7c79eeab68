import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CHANGE_FILE, ChangeError, parseChange } from '../../contract/changes.ts'
import { type Bucket, BucketError } from './objects.ts'

/**
 * Downloads a change into a folder that nobody looks into yet.
 *
 * @param path - Where its objects are.
 * @throws {BucketError} If one is missing, or not what the change says.
 * @throws {ChangeError} If it is no change.
 */
export async function downloadChange(bucket: Bucket, path: string, folder: string): Promise<void> {
  const found = await bucket.readText(`${path}/${CHANGE_FILE}`)
  if (found === undefined || found === 'same') throw new BucketError(`is missing: ${path}`)
  const change = parseChange(found.text)
  if (!path.endsWith(`/${change.n}`)) throw new ChangeError(`is change ${change.n}: ${path}`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const output of change.outputs) {
    await bucket.download(`${path}/${output.file}`, join(folder, output.file), output)
  }
  await writeFile(join(folder, CHANGE_FILE), found.text)
}
