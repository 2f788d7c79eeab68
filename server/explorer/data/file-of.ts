import type { LoadedBuild } from '../../pools/load.ts'
import type { PublishedFile } from './parquet-file.ts'

/** A file of the served build; undefined: its manifest does not list it. */
export function fileOf({ folder, manifest }: LoadedBuild, file: string): PublishedFile | undefined {
  const listed = manifest.outputs.find((output) => output.file === file)
  return listed && { folder, listed }
}
