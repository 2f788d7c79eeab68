import type { BlobFile } from './blobs.ts'
import { PagedColumn, type SavedColumn } from './columns.ts'
import { EventRows, type SavedRows } from './event-rows.ts'

/** Clicks as they were saved. */
export interface SavedClicks extends SavedRows {
  readonly pair: SavedColumn
}

/** Rows of clicks. */
export class ClickRows extends EventRows {
  readonly #pair: PagedColumn

  constructor(saved?: SavedClicks, file: BlobFile | null = null) {
    super(saved, file)
    this.#pair = new PagedColumn(saved?.pair, file)
  }

  override get bytes(): number {
    return super.bytes + this.#pair.bytes
  }

  pairOf(row: number): number {
    return this.#pair.get(row)
  }

  setPair(row: number, pair: number): void {
    this.#pair.set(row, pair)
  }

  override loadAll(): void {
    super.loadAll()
    this.#pair.loadAll()
  }

  save(file: BlobFile): SavedClicks {
    return { ...this.saveRows(file), pair: this.#pair.save(file, this.size) }
  }
}
