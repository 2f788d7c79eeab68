/**
 * Ids of clicks: whole numbers below 2^53, dense, and never the same one twice. They are given from blocks of 65,536, and a
 * block belongs to a dataset: `floor(id / 65,536) mod 4 + 1`, so that a conversion leads to the dataset of its click.
 *
 * A block is a file that is made exclusively, and on disk before its first id is given. After a start a block is never
 * gone on with: nobody knows which of its ids were given last.
 */
import { mkdir, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { BLOCK_SIZE } from '../../contract/click-id-blocks.ts'
import { DATASETS, type Dataset, MAX_ID } from '../../contract/schema.ts'
import { syncFolder } from '../../contract/sync.ts'

const BLOCK_NAME = /^\d{1,16}$/

/** Tells which dataset a click is of. */
export function datasetOfClick(clickId: number): Dataset {
  return ((Math.floor(clickId / BLOCK_SIZE) % DATASETS.length) + 1) as Dataset
}

/** The ids that one process gives. Not safe for use by several at once. */
export class ClickIds {
  readonly #folder: string
  readonly #firstBlock: number
  readonly #leased = new Map<Dataset, { next: number; end: number }>()
  #greatest: number | undefined

  /**
   * @param folder - Of the blocks; made as needed.
   * @param firstClickId - A multiple of {@link CLICK_ID_STEP}.
   */
  constructor(folder: string, firstClickId: number) {
    this.#folder = folder
    this.#firstBlock = firstClickId / BLOCK_SIZE
  }

  /**
   * Gives the next id. It is never given again, used or not.
   *
   * @throws {NodeJS.ErrnoException} If a block is needed and cannot be made.
   */
  async take(dataset: Dataset): Promise<number> {
    const leased = this.#leased.get(dataset)
    if (leased !== undefined && leased.next < leased.end) return leased.next++
    const block = await this.#lease(dataset)
    this.#leased.set(dataset, { next: block * BLOCK_SIZE + 1, end: (block + 1) * BLOCK_SIZE })
    return block * BLOCK_SIZE
  }

  async #lease(dataset: Dataset): Promise<number> {
    this.#greatest ??= await this.#findGreatest()
    for (let block = this.#nextBlock(dataset); ; block += DATASETS.length) {
      if ((block + 1) * BLOCK_SIZE > MAX_ID) throw new RangeError('there are no click ids left')
      const isNew = await this.#make(block)
      this.#greatest = Math.max(this.#greatest, block)
      if (isNew) return block
    }
  }

  /** The first one of the dataset behind all that are there. */
  #nextBlock(dataset: Dataset): number {
    const after = Math.max(this.#firstBlock, (this.#greatest ?? 0) + 1)
    const offset = dataset - 1 - (after % DATASETS.length)
    return after + ((offset + DATASETS.length) % DATASETS.length)
  }

  async #findGreatest(): Promise<number> {
    await mkdir(this.#folder, { recursive: true })
    const blocks = (await readdir(this.#folder)).filter((name) => BLOCK_NAME.test(name))
    return Math.max(0, ...blocks.map(Number))
  }

  /** False: another process has it. */
  async #make(block: number): Promise<boolean> {
    const file = await open(join(this.#folder, String(block)), 'wx').catch((error) => {
      if (error.code === 'EEXIST') return null
      throw error
    })
    if (file === null) return false
    try {
      await file.sync()
    } finally {
      await file.close()
    }
    await syncFolder(this.#folder)
    return true
  }
}
