/** What is published: a build and the changes on top of it, read in order. */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Applied } from '../../contract/applied.ts'
import { type Change, formatStateId } from '../../contract/changes.ts'
import { digestBytes } from '../../contract/digest.ts'
import { readManifest, resolveBuildFolder } from '../../contract/read.ts'
import {
  continues,
  listChanges,
  readChange,
  readEpoch,
  readHold,
} from '../../contract/read-changes.ts'
import { MANIFEST_FILE, type Manifest, TABLES } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'
import { withoutPacking } from '../input/packing.ts'
import type { Places } from './publisher.ts'

/** A build and the changes on top of it. */
export interface Served {
  readonly folder: string
  readonly manifest: Manifest
  readonly changes: readonly { readonly change: Change; readonly folder: string }[]
  /** The last change, or the build; null if no follower published it. */
  readonly applied: Applied | null
}

/**
 * Reads what is published.
 *
 * @throws {ArtifactError} If there is no intact build.
 * @throws {PipelineError} If a change does not continue the one before.
 */
export async function readServed(artifacts: string): Promise<Served> {
  const folder = await resolveBuildFolder(artifacts)
  const manifest = await readManifest(folder)
  const { build_id: buildId } = manifest
  const epoch = await readEpoch(artifacts, buildId)
  if (epoch === null) return { folder, manifest, changes: [], applied: null }
  const bytes = await readFile(join(folder, MANIFEST_FILE))
  const base: Applied = { epoch: epoch.epoch, n: 0, sha256: digestBytes(bytes).sha256 }
  const { changes, applied } = await readChangesAfter(artifacts, buildId, base)
  return { folder, manifest, changes, applied }
}

/**
 * Reads the changes behind one of them, or behind the build, in order and no further than a hold.
 *
 * @throws {PipelineError} If a change does not continue the one before.
 */
export async function readChangesAfter(
  artifacts: string,
  buildId: string,
  from: Applied,
): Promise<{ readonly changes: Served['changes']; readonly applied: Applied }> {
  const hold = await readHold(artifacts)
  const last = hold?.build_id === buildId ? hold.n : Number.POSITIVE_INFINITY
  let applied = from
  const changes: { change: Change; folder: string }[] = []
  for (const n of await listChanges(artifacts, buildId)) {
    if (n <= from.n) continue
    if (n > last) break
    const read = await readChange(artifacts, buildId, n)
    if (!continues(read, applied)) {
      throw new PipelineError(`${formatStateId(buildId, n)} does not continue ${applied.n}`)
    }
    applied = { epoch: from.epoch, n, sha256: read.sha256 }
    changes.push(read)
  }
  return { changes, applied }
}

/** How far each file is read, by its path without packing. */
export function findPlaces({ manifest, changes }: Served): Places {
  const places = new Map(
    manifest.inputs.flatMap(({ path, dataset, table: name, lines_bytes: linesBytes }) => {
      const table = TABLES.find((one) => one === name)
      if (dataset === null || table === undefined) return []
      return [[withoutPacking(path), { dataset, table, linesBytes }] as const]
    }),
  )
  for (const { change } of changes) {
    for (const { path, dataset, table, lines_bytes } of change.places) {
      if (lines_bytes === null) places.delete(path)
      else places.set(path, { dataset, table, linesBytes: lines_bytes })
    }
  }
  return places
}
