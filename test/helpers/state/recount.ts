/** What a batch says of the lines of a growing world, counted from nothing and as naively as possible. */
import type { Dataset } from '../../../contract/schema.ts'
import { millionthsOf } from '../reference.ts'
import { valueText, type WorldFile } from './growing-world.ts'

/** `dataset|campaign|banner` to `impressions|clicks|conversions|millionths`, candidates only. */
export type RecountedPairs = Readonly<Record<string, string>>

/** `path` to `rows|accepted|rejected|duplicates`, and lines that are unfit with their reason. */
type RecountedFiles = Readonly<Record<string, readonly string[]>>

export interface Recount {
  readonly pairs: RecountedPairs
  readonly files: RecountedFiles
}

interface Row {
  readonly file: WorldFile
  readonly line: number
  readonly values: readonly string[]
}

interface Sums {
  impressions: number
  clicks: number
  conversions: number
  millionths: bigint
}

/** Counts the first lines of each file. @param read - How many lines of each file, by path. */
export function recount(files: readonly WorldFile[], read: ReadonlyMap<string, number>): Recount {
  const counter = new Recounter()
  const ordered = [...files].sort((a, b) => (a.path < b.path ? -1 : 1))
  for (const file of ordered) counter.add(file, read.get(file.path) ?? -1)
  return counter.finish()
}

class Recounter {
  readonly #pairs = new Map<string, Sums>()
  readonly #rows: Row[] = []
  readonly #unfit = new Map<string, string[]>()
  readonly #rejected = new Map<string, number>()
  readonly #duplicates = new Map<string, number>()
  readonly #lines = new Map<string, number>()

  add(file: WorldFile, lines: number): void {
    if (lines < 0) return
    this.#lines.set(file.path, lines)
    for (const [index, line] of file.lines.slice(0, lines).entries()) {
      if ('bad' in line) more(this.#rejected, file.path)
      else {
        const values = line.values.map((value, column) => valueText(file.table, column, value))
        this.#rows.push({ file, line: index + 2, values })
      }
    }
  }

  finish(): Recount {
    for (const { file, values } of this.#of('impressions')) {
      this.#sums(file.dataset, values[1], values[0]).impressions += 1
    }
    const clicks = this.#unique('clicks')
    const clickOf = new Map(clicks.map((row) => [`${row.file.dataset}|${row.values[0]}`, row]))
    for (const { file, values } of clicks) {
      this.#sums(file.dataset, values[2], values[1]).clicks += 1
    }
    for (const row of this.#unique('conversions')) this.#convert(row, clickOf)
    return { pairs: this.#pairTexts(), files: this.#fileTexts() }
  }

  #convert(row: Row, clickOf: ReadonlyMap<string, Row>): void {
    const click = clickOf.get(`${row.file.dataset}|${row.values[1]}`)
    if (click === undefined) {
      this.#reject(row, 'orphan')
      return
    }
    const sums = this.#sums(row.file.dataset, click.values[2], click.values[1])
    sums.conversions += 1
    sums.millionths += millionthsOf(row.values[2] ?? '')
  }

  /** The first row of each id that means one thing. */
  #unique(table: string): Row[] {
    const groups = new Map<string, Row[]>()
    for (const row of this.#of(table)) {
      const key = `${row.file.dataset}|${row.values[0]}`
      groups.set(key, [...(groups.get(key) ?? []), row])
    }
    return [...groups.values()].flatMap((rows) => {
      const meanings = new Set(rows.map(({ values }) => meaningOf(table, values)))
      if (meanings.size > 1) {
        for (const row of rows) this.#reject(row, 'conflict')
        return []
      }
      for (const { file } of rows.slice(1)) more(this.#duplicates, file.path)
      return rows.slice(0, 1)
    })
  }

  #of(table: string): Row[] {
    return this.#rows.filter(({ file }) => file.table === table)
  }

  #reject({ file, line }: Row, reason: string): void {
    this.#unfit.set(file.path, [...(this.#unfit.get(file.path) ?? []), `${line} ${reason}`])
  }

  #sums(dataset: Dataset, campaign: string | undefined, banner: string | undefined): Sums {
    const key = `${dataset}|${campaign}|${banner}`
    const sums = this.#pairs.get(key) ?? {
      impressions: 0,
      clicks: 0,
      conversions: 0,
      millionths: 0n,
    }
    this.#pairs.set(key, sums)
    return sums
  }

  #pairTexts(): RecountedPairs {
    const texts = [...this.#pairs].map(
      ([key, { impressions, clicks, conversions, millionths }]) => [
        key,
        [impressions, clicks, conversions, millionths].join('|'),
      ],
    )
    return Object.fromEntries(texts)
  }

  #fileTexts(): RecountedFiles {
    const texts = [...this.#lines].map(([path, rows]) => {
      const unfit = (this.#unfit.get(path) ?? []).sort(
        (a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10),
      )
      const rejected = (this.#rejected.get(path) ?? 0) + unfit.length
      const duplicates = this.#duplicates.get(path) ?? 0
      const accepted = rows - rejected - duplicates
      return [path, [`${rows}|${accepted}|${rejected}|${duplicates}`, ...unfit]]
    })
    return Object.fromEntries(texts)
  }
}

function meaningOf(table: string, values: readonly string[]): string {
  if (table === 'clicks') return values.slice(1).join()
  return `${values[1]} ${millionthsOf(values[2] ?? '')}`
}

function more(counts: Map<string, number>, path: string): void {
  counts.set(path, (counts.get(path) ?? 0) + 1)
}
