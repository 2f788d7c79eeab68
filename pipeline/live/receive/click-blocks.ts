/**
 * Which run of a server gave the ids of a block: servers give click ids from blocks, and a block is of one run for ever. Two
 * runs with one block are two machines with one range of ids (`--first-click-id`), or one whose folder was lost or copied.
 *
 *     <input>/.receive/click-blocks       a line `<block> <run>` each, in front of the journal's record
 */
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { BLOCK_SIZE } from '../../../contract/click-id-blocks.ts'
import { ignoreMissing } from '../../../contract/segments/files.ts'

/** In the receiver's folder. */
const FILE = 'click-blocks'
const LINE = /^(\d{1,12}) ([0-9a-f]{18})$/
const RUN = /^[0-9a-f]{18}$/

/** The runs by block. */
export class ClickBlocks {
  /** The latest click whose id another run gives; null = there was none. */
  clash: { readonly clickId: number; readonly run: string; readonly owner: string } | null = null
  readonly #runs = new Map<number, string>()
  /** Lines that are not in the file yet. */
  #added = ''

  /**
   * Reads what the file of a receiver's folder says. The last line may be half of one.
   *
   * @throws {NodeJS.ErrnoException} If it cannot be read.
   */
  static async read(folder: string): Promise<ClickBlocks> {
    const blocks = new ClickBlocks()
    const text = (await readFile(`${folder}/${FILE}`, 'latin1').catch(ignoreMissing)) ?? ''
    for (const line of text.split('\n')) {
      const [, block, run] = LINE.exec(line) ?? []
      if (run !== undefined && !blocks.#runs.has(Number(block))) {
        blocks.#runs.set(Number(block), run)
      }
    }
    return blocks
  }

  /**
   * Tells whether a click's id is one that another run gives. The first run that is heard of has a block.
   *
   * @param run - That is said to have given it. One that is none is not looked at.
   */
  isForeign(clickId: number, run: string): boolean {
    if (!Number.isSafeInteger(clickId) || !RUN.test(run)) return false
    const block = Math.floor(clickId / BLOCK_SIZE)
    const owner = this.#runs.get(block)
    if (owner === run) return false
    if (owner !== undefined) {
      this.clash = { clickId, run, owner }
      return true
    }
    this.#runs.set(block, run)
    this.#added += `${block} ${run}\n`
    return false
  }

  /**
   * Puts on disk what is new. The empty line before it ends one that a kill has cut.
   *
   * @throws {NodeJS.ErrnoException} If the file system refuses; the next call tries again.
   */
  async save(folder: string): Promise<void> {
    if (this.#added === '') return
    const added = this.#added
    const file = await open(`${folder}/${FILE}`, 'a')
    await appendSynced(file, `\n${added}`)
    this.#added = this.#added.slice(added.length)
  }
}

async function appendSynced(file: FileHandle, text: string): Promise<void> {
  try {
    await file.appendFile(text)
    await file.datasync()
  } finally {
    await file.close()
  }
}
