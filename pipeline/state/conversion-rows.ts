import type { BlobFile } from './blobs.ts'
import { PagedColumn, type SavedColumn } from './columns.ts'
import { EventRows, type SavedRows } from './event-rows.ts'
import { IdTable, type SavedIdTable } from './id-table.ts'

/** Conversions as they were saved. */
export interface SavedConversions extends SavedRows {
  readonly own: readonly SavedColumn[]
  readonly byClick: SavedIdTable
}

/** Rows of conversions. */
export class ConversionRows extends EventRows {
  /** The id of the click that each row names. */
  readonly click: { readonly hi: PagedColumn; readonly lo: PagedColumn }
  /** Millionths. */
  readonly revenueHi: PagedColumn
  readonly revenueLo: PagedColumn
  readonly #byClick: IdTable
  /** Next conversion of the same click + 1; 0 = none. */
  readonly #nextOfClick: PagedColumn

  constructor(saved?: SavedConversions, file: BlobFile | null = null) {
    super(saved, file)
    const [hi, lo, revenueHi, revenueLo, nextOfClick] = saved?.own ?? []
    this.click = { hi: new PagedColumn(hi, file), lo: new PagedColumn(lo, file) }
    this.revenueHi = new PagedColumn(revenueHi, file)
    this.revenueLo = new PagedColumn(revenueLo, file)
    this.#nextOfClick = new PagedColumn(nextOfClick, file)
    this.#byClick = new IdTable(this.click, saved?.byClick, file)
  }

  override get bytes(): number {
    const { click, revenueHi, revenueLo } = this
    const parts = [click.hi, click.lo, revenueHi, revenueLo, this.#nextOfClick, this.#byClick]
    return parts.reduce((sum, { bytes }) => sum + bytes, super.bytes)
  }

  /** Notes which click the first row of an id names. */
  linkToClick(row: number): void {
    const { hi, lo } = this.click
    const next = this.#byClick.replace(hi.get(row), lo.get(row), row)
    this.#nextOfClick.set(row, next + 1)
  }

  /** The first row of a conversion that names a click, or NO_ROW; {@link nextOfClick} gives the others. */
  firstOfClick(hi: number, lo: number): number {
    return this.#byClick.find(hi, lo)
  }

  nextOfClick(row: number): number {
    return this.#nextOfClick.get(row) - 1
  }

  /** Tells whether two rows say the same but for their id. */
  isSame(one: number, other: number): boolean {
    const { click, revenueHi, revenueLo } = this
    return [click.hi, click.lo, revenueHi, revenueLo].every(
      (column) => column.get(one) === column.get(other),
    )
  }

  override loadAll(): void {
    super.loadAll()
    const { click, revenueHi, revenueLo } = this
    const parts = [click.hi, click.lo, revenueHi, revenueLo, this.#nextOfClick, this.#byClick]
    for (const part of parts) part.loadAll()
  }

  save(file: BlobFile): SavedConversions {
    const { click, revenueHi, revenueLo } = this
    const own = [click.hi, click.lo, revenueHi, revenueLo, this.#nextOfClick]
    return {
      ...this.saveRows(file),
      own: own.map((column) => column.save(file, this.size)),
      byClick: this.#byClick.save(file),
    }
  }
}
