import { type Zippable, zipSync } from 'fflate'
import type { PackageFiles } from './lambda-files.ts'

const UNIX = 3

/** Readable by everyone: the function does not run as the user who owns its files. */
const READABLE = 0o100644 << 16

/** Packs files so that the same files give the same bytes, whenever and wherever. */
export function zipFiles(files: PackageFiles): Uint8Array {
  const names = Object.keys(files).sort()
  // The first moment that a zip file can tell. It is local time there, so that every machine writes the same bytes.
  const mtime = new Date(1980, 0, 1)
  const options = { level: 9, mtime, os: UNIX, attrs: READABLE } as const
  const entries = names.map((name) => [name, [files[name], options]])
  return zipSync(Object.fromEntries(entries) as Zippable)
}
