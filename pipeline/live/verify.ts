/** Verification: what is served equals what a batch over the same lines makes. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { CHANGE_OUTPUTS, formatStateId } from '../../contract/changes.ts'
import { digestFile } from '../../contract/digest.ts'
import { verifyFile } from '../../contract/read.ts'
import { PipelineError } from '../base/errors.ts'
import type { BuildOptions } from '../build/options.ts'
import { joinChanges } from './join.ts'
import { findPlaces, readServed, type Served } from './served.ts'

/** What verifying needs. */
export interface VerifyOptions {
  readonly input: string
  readonly artifacts: string
  readonly followLinks: boolean
  readonly threads: number
  readonly memoryLimit: string
  /** Makes a build into `out`. */
  readonly build: (
    options: Pick<
      BuildOptions,
      | 'input'
      | 'out'
      | 'seed'
      | 'renames'
      | 'keepEqualFiles'
      | 'followLinks'
      | 'window'
      | 'lengths'
      | 'threads'
      | 'memoryLimit'
    >,
  ) => Promise<{ readonly folder: string }>
}

/** A file of both sides. */
interface ComparedFile {
  readonly file: string
  /** sha256 of what is served, with the changes in place. */
  readonly served: string
  /** sha256 of what the batch made. */
  readonly batch: string
}

/** What verifying found. */
export interface Verification {
  /** `<id>+<n>` */
  readonly state: string
  readonly isEqual: boolean
  /** Bytes of all lines that are served, headers included. */
  readonly linesBytes: number
  readonly files: readonly ComparedFile[]
}

/** So often is reading begun anew when a build is published, or removed, meanwhile. */
const TRIES = 5

/**
 * Makes a batch over the lines that are served, in a temporary folder, and compares.
 *
 * @throws {PipelineError} If nothing is served, or the input no longer has these lines.
 */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const work = await mkdtemp(join(tmpdir(), 'pools-verify-'))
  try {
    const served = await writeServed(resolve(options.artifacts), work, options)
    const { manifest, changes } = served
    const lengths = new Map(
      [...findPlaces(served)].map(([path, { linesBytes }]) => [path, linesBytes]),
    )
    const batch = await options.build({
      input: options.input,
      out: join(work, 'batch'),
      seed: manifest.seed,
      renames: manifest.renames,
      keepEqualFiles: manifest.keep_equal_files,
      followLinks: options.followLinks,
      window: manifest.window,
      lengths,
      threads: options.threads,
      memoryLimit: options.memoryLimit,
    })
    const files = await Promise.all(
      CHANGE_OUTPUTS.map(async (file) => {
        const [one, other] = [join(work, 'served', file), join(batch.folder, file)]
        return {
          file,
          served: (await digestFile(one)).sha256,
          batch: (await digestFile(other)).sha256,
        }
      }),
    )
    return {
      state: formatStateId(manifest.build_id, changes.at(-1)?.change.n ?? 0),
      linesBytes: [...lengths.values()].reduce((sum, bytes) => sum + bytes, 0),
      isEqual: files.every((file) => file.served === file.batch),
      files,
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Writes the files of the served state by the same writer as a build's, in the folder `served`. */
async function writeServed(
  artifacts: string,
  work: string,
  options: Pick<VerifyOptions, 'threads' | 'memoryLimit'>,
): Promise<Served> {
  for (let tries = 1; ; tries += 1) {
    try {
      const served = await readServed(artifacts)
      const { folder, manifest, changes } = served
      for (const file of CHANGE_OUTPUTS) await verifyFile(folder, manifest, file)
      await joinChanges({ ...options, build: folder, changes, target: join(work, 'served') })
      return served
    } catch (error) {
      // A follower removes old builds and changes while they are read.
      if (tries === TRIES || error instanceof PipelineError) throw error
    }
  }
}
