/**
 * Counts that grow with every line, and are at any moment those of a batch over the same lines.
 *
 *     lines of a file ──► scan-lines ──► dataset-counts ──► pairs of the campaigns that were touched ──► models
 *                              │               │
 *                              └── file-counts ┴──► accounts and rejects, as a batch has them
 *
 * The state is a cache of the input files: it may be thrown away at any time and made anew from them.
 */
import type { Dataset } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'
import type { Rename } from '../input/renames.ts'
import { accountForFiles, type FileAccount } from './accounts.ts'
import type { BlobFile } from './blobs.ts'
import type { Shared } from './dataset-counts.ts'
import { type AddResult, DatasetPart, type FileLines, type SavedPart } from './dataset-part.ts'
import type { FileName, Place } from './file-counts.ts'
import { type Campaigns, copyPairCounts, type PairCounts, type WantedPairs } from './pair-counts.ts'
import { ScannedRows } from './scanned-rows.ts'
import { SharedIds } from './shared-ids.ts'

/** What decides what lines mean. */
export interface StateOptions {
  readonly renames: readonly Rename[]
  /** Bytes that the state may take; more is an error with a remedy. */
  readonly memoryLimitBytes?: number
}

/** A state as it was saved. */
export interface SavedParts {
  readonly datasets: readonly (SavedPart & { readonly dataset: Dataset })[]
  /** Null: to be found out. */
  readonly sharedClicks: number | null
  readonly sharedConversions: number | null
}

/** Memory is measured after so many lines. */
const LINES_BETWEEN_MEASURES = 1 << 18

/** Counts that grow. Not safe for use by several at once; every call but saving is over when it returns. */
export class CountsState {
  readonly #options: StateOptions
  readonly #parts = new Map<Dataset, DatasetPart>()
  readonly #shared: Shared
  readonly #rows = new ScannedRows()
  #linesUntilMeasure = LINES_BETWEEN_MEASURES

  /** @param saved - Read lazily: any later call may throw a DamagedStateError. */
  constructor(options: StateOptions, saved?: SavedParts, file: BlobFile | null = null) {
    this.#options = options
    const listCounts = () => [...this.#parts.values()].map(({ counts }) => counts)
    this.#shared = {
      clicks: new SharedIds(saved === undefined ? 0 : saved.sharedClicks, () =>
        listCounts().map(({ clicks }) => clicks),
      ),
      conversions: new SharedIds(saved === undefined ? 0 : saved.sharedConversions, () =>
        listCounts().map(({ conversions }) => conversions),
      ),
    }
    for (const part of saved?.datasets ?? []) {
      this.#parts.set(part.dataset, new DatasetPart(this.#shared, part, file))
    }
  }

  /**
   * Adds lines. Nothing of them counts if they are refused.
   *
   * @throws {PipelineError} If the file cannot be trusted as a whole, in words of a batch, or memory ends.
   * @throws {Error} If they do not continue the file.
   */
  add(lines: FileLines): AddResult {
    const part = this.#partOf(lines.dataset)
    try {
      const result = part.add(lines, this.#options.renames, this.#rows)
      this.#limitMemory(result.lines)
      return result
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error
      throw new PipelineError(`${lines.path}: ${error.message}`, { cause: error })
    }
  }

  /** Campaigns whose counts may have changed since the last call, and forgets them. */
  takeTouched(): Campaigns {
    const touched = new Map<Dataset, readonly number[]>()
    for (const [dataset, part] of this.#parts) {
      const campaigns = part.takeTouched()
      if (campaigns.length > 0) touched.set(dataset, campaigns)
    }
    return touched
  }

  /**
   * Copies the counts of all candidates of some campaigns; of all campaigns by default. A campaign without any is in
   * no pool any more.
   */
  pairs(campaigns?: Campaigns): PairCounts {
    const wanted: WantedPairs[] = []
    for (const [dataset, { counts }] of this.#parts) {
      const table = counts.pairs
      const own = campaigns === undefined ? table.campaigns() : (campaigns.get(dataset) ?? [])
      wanted.push({ dataset, table, pairs: table.findCandidates(own) })
    }
    return copyPairCounts(wanted)
  }

  /** How far each file was read, in the order in which files were first added. */
  places(): Place[] {
    return [...this.#parts.values()].flatMap(({ files }) => files.map((file) => file.place))
  }

  /** How far a file was read; null if it was never added. */
  placeOf(name: FileName): Place | null {
    return this.#parts.get(name.dataset)?.find(name)?.place ?? null
  }

  /** What became of the lines of each file, in the order of {@link places}. */
  accounts(): FileAccount[] {
    return [...this.#parts.values()].flatMap(({ files, counts }) => accountForFiles(files, counts))
  }

  /**
   * Takes a dataset from another state, made beside this one: after a file has gone, or has become a duplicate or
   * ceased to be one. All campaigns of before and after count as touched.
   */
  replace(dataset: Dataset, other: CountsState): void {
    const before = this.#parts.get(dataset)
    const after = other.#partOf(dataset)
    for (const campaign of before?.counts.pairs.campaigns() ?? []) after.vanished.add(campaign)
    for (const campaign of after.counts.pairs.campaigns()) after.vanished.add(campaign)
    this.#parts.set(dataset, after)
    after.counts.shared = this.#shared
    this.#shared.clicks.forget()
    this.#shared.conversions.forget()
  }

  /** What checks need and no published file holds, as a batch measures it. */
  measures(): Record<string, number> {
    const { clicks, conversions } = this.#shared
    return { shared_click_ids: clicks.count, shared_conversion_ids: conversions.count }
  }

  /**
   * Lets lines be added to a file of a saved state.
   *
   * @param blocks - The first bytes of the file, unpacked, up to its place.
   * @returns False if the file has other lines than those that were counted: then the state is of no use.
   */
  resume(name: FileName, blocks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<boolean> {
    const file = this.#parts.get(name.dataset)?.find(name)
    if (file === undefined) throw new Error(`never added: ${name.path}`)
    return file.resume(blocks)
  }

  /**
   * Reads all of a saved state, so that no later call finds it damaged.
   *
   * @throws {DamagedStateError} If a part is not as it was written.
   */
  loadAll(): void {
    for (const { counts } of this.#parts.values()) {
      counts.clicks.loadAll()
      counts.conversions.loadAll()
    }
  }

  /** Saves what changed since the last save into a file; saved.ts names what is in it. */
  saveParts(file: BlobFile): SavedParts {
    return {
      datasets: [...this.#parts].map(([dataset, part]) => ({ dataset, ...part.save(file) })),
      sharedClicks: this.#shared.clicks.known,
      sharedConversions: this.#shared.conversions.known,
    }
  }

  /** Bytes that the columns take in memory; lists of rejects come on top. */
  get bytes(): number {
    return [...this.#parts.values()].reduce((sum, { counts }) => sum + counts.bytes, 0)
  }

  #partOf(dataset: Dataset): DatasetPart {
    const known = this.#parts.get(dataset)
    if (known !== undefined) return known
    const part = new DatasetPart(this.#shared)
    this.#parts.set(dataset, part)
    return part
  }

  #limitMemory(lines: number): void {
    const { memoryLimitBytes } = this.#options
    this.#linesUntilMeasure -= lines
    if (memoryLimitBytes === undefined || this.#linesUntilMeasure > 0) return
    this.#linesUntilMeasure = LINES_BETWEEN_MEASURES
    if (this.bytes <= memoryLimitBytes) return
    throw new PipelineError(
      `the counts need more than ${memoryLimitBytes} bytes of memory, raise --memory-limit or take fewer days with --window`,
    )
  }
}
