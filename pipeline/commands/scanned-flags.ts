/** Flags of a build that takes what `pools scan` has read. */
import type { ScannedRows } from '../build/options.ts'
import type { Rename } from '../input/renames.ts'
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
    describe: 'take the logs as pools scan has read them into this folder',
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

/** Opens what was scanned; null if that is not asked for. */
export async function openScanned(
  { scanned, scanMissing }: ScannedFlags,
  options: Omit<TakeOptions, 'readsMissing'> & { readonly renames: readonly Rename[] },
): Promise<ScannedRows | null> {
  if (scanned === undefined) return null
  const { openScannedFolder } = await import('../scanned/store.ts')
  const { takeScanned } = await import('../scanned/take.ts')
  const store = await openScannedFolder(scanned)
  return takeScanned(store, { ...options, readsMissing: scanMissing })
}
