import type { CountsState } from '../../../pipeline/state/state.ts'
import { type GrowingWorld, textOf, type WorldFile } from './growing-world.ts'

/** How many lines of each file were read, by path; the header not counted. */
export type ReadLines = ReadonlyMap<string, number>

/** A piece of a file. */
interface Piece {
  readonly file: WorldFile
  readonly lines: number
}

/** The pieces of a world in their order; at the end all that is left of each file. */
export function piecesOf({ files, order }: GrowingWorld): Piece[] {
  const rest = files.map((_, index) => [index, Number.POSITIVE_INFINITY] as const)
  return [...order, ...rest].flatMap(([choice, lines]) => {
    const file = files[choice % files.length]
    return file === undefined ? [] : [{ file, lines }]
  })
}

/** Adds the next lines of a file to a state; the first time with the header. */
export function addPiece(
  state: CountsState,
  { file, lines }: Piece,
  read: Map<string, number>,
): void {
  const { dataset, table, path } = file
  const known = read.get(path)
  const from = known ?? 0
  const to = Math.min(file.lines.length, from + lines)
  const text = textOf(file, from, to)
  const ownText = known === undefined || from > 0 ? text : text.slice(text.indexOf('\n') + 1)
  const firstLine = known === undefined ? 1 : from + 2
  state.add({ dataset, table, path, firstLine, bytes: Buffer.from(ownText) })
  read.set(path, to)
}
