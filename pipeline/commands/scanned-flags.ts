/** Flags of a build that takes what `pools scan` has read. */
import { isS3Url } from '../../contract/s3-address.ts'
import type { ScannedRows } from '../build/options.ts'
import type { ScannedStore } from '../scanned/store.ts'
import type { TakeOptions } from '../scanned/take.ts'
import { misuse, type Option } from './command.ts'

/** Where scanned files are taken from. */
export interface ScannedFlags {
  scanned: string | undefined
  scanMissing: boolean
}

/** The options of {@link ScannedFlags}. */
export const SCANNED_OPTIONS = {
  scanned: {
    type: 'string',
    describe: 'use the logs that pools scan has read into this folder or s3://bucket/prefix',
  },
  'scan-missing': {
    type: 'boolean',
    default: false,
    describe: 'with --scanned: read files here that nobody has scanned, instead of failing',
  },
} as const satisfies Record<string, Option>

/** @throws {PipelineError} With exit code 2, if flags contradict each other. */
export function checkScannedFlags({
  scanned,
  scanMissing,
  force,
  whatIf,
}: ScannedFlags & { readonly force: boolean; readonly whatIf: boolean }): void {
  if (scanMissing && scanned === undefined) throw misuse('--scan-missing needs --scanned')
  if (scanned === undefined) return
  if (force) throw misuse('--force reads all logs here and --scanned none: give one of them')
  if (whatIf) throw misuse('--what-if reads the logs itself, leave out --scanned')
}

/** Gives `fn` what was scanned; null if that is not asked for. The SDK for buckets is loaded only where there is one. */
export async function withScanned<T>(
  { scanned, scanMissing }: ScannedFlags,
  { renames, progress }: Omit<TakeOptions, 'readsMissing'>,
  fn: (scanned: ScannedRows | null) => Promise<T>,
): Promise<T> {
  if (scanned === undefined) return fn(null)
  const { takeScanned } = await import('../scanned/take.ts')
  const take = (store: ScannedStore) =>
    fn(takeScanned(store, { renames, progress, readsMissing: scanMissing }))
  if (isS3Url(scanned)) {
    const { withScannedBucket } = await import('../scanned/bucket-store.ts')
    return withScannedBucket(scanned, 'scanned', take)
  }
  const { makeScannedFolder, openScannedFolder } = await import('../scanned/store.ts')
  // A build that reads what is missing comes before the first scan, too.
  return take(await (scanMissing ? makeScannedFolder : openScannedFolder)(scanned))
}
