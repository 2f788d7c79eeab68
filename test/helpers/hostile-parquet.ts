/** Parquet files that were good, with one thing in them that is not so: what somebody could publish on purpose. */
import { formatTree, nodesOf, parseTree, type Tree } from './thrift-tree.ts'

const CLAIMS = [0n, 1n, -1n, 3n, 1_000_000_000n, -1_000_000_000n, 2n ** 31n - 1n, 2n ** 31n]
const GREAT_CLAIMS = [-(2n ** 31n), 2n ** 32n, 2n ** 40n, 2n ** 53n, 2n ** 62n, -(2n ** 62n)]

/** Gives a whole number from 0 to `below - 1`. */
export type Draw = (below: number) => number

/** Changes one thing, and says what. */
export function spoilParquet(file: Buffer, draw: Draw): { bytes: Buffer; what: string } {
  const ways = [
    spoilFooter,
    spoilFooter,
    spoilFooter,
    spoilPage,
    spoilPage,
    spoilContent,
    spoilTail,
  ]
  const way = ways[draw(ways.length)] ?? spoilTail
  return { bytes: way(file, draw), what: way.name }
}

function spoilFooter(file: Buffer, draw: Draw): Buffer {
  const { tree, start } = footerOf(file)
  spoilTree(tree, draw)
  return withFooter(file.subarray(0, start), tree)
}

/** The header of a page, which is longer then: what lies behind is moved, and the footer says so. */
function spoilPage(file: Buffer, draw: Draw): Buffer {
  const count = chunksOf(footerOf(file).tree).length
  return spoilPageOf(file, draw(count), draw(2), (page) => spoilTree(page, draw))
}

function spoilPageOf(
  file: Buffer,
  column: number,
  nth: number,
  spoil: (header: Tree) => void,
): Buffer {
  const { tree, start } = footerOf(file)
  const chunks = chunksOf(tree)
  const chunk = chunks[column]
  if (chunk === undefined) return file
  const place = pageStarts(file, chunk)[nth]
  if (place === undefined) return file
  const page = parseTree(file, place)
  spoil(page.tree)
  const header = formatTree(page.tree)
  const grown = BigInt(header.length - (page.end - place))
  for (const other of chunks) {
    for (const node of other.offsets) if (node.value > BigInt(place)) node.value += grown
  }
  chunk.size.value += grown
  const body = [file.subarray(0, place), header, file.subarray(page.end, start)]
  return withFooter(Buffer.concat(body), tree)
}

/** Bytes anywhere, so also within pages: lengths of runs and of texts, widths. */
function spoilContent(file: Buffer, draw: Draw): Buffer {
  const bytes = Buffer.from(file)
  for (let count = 1 + draw(8); count > 0; count--) {
    bytes[4 + draw(bytes.length - 12)] = [0, 255, 127, 128, draw(256)][draw(5)] ?? 0
  }
  return bytes
}

function spoilTail(file: Buffer, draw: Draw): Buffer {
  const bytes = Buffer.from(file)
  const lengths = [0, 1, 8, file.length - 8, file.length, 2 ** 31, 2 ** 32 - 1, draw(file.length)]
  bytes.writeUInt32LE(lengths[draw(lengths.length)] ?? 0, bytes.length - 8)
  return draw(3) === 0 ? bytes.subarray(0, draw(bytes.length)) : bytes
}

function spoilTree(tree: Tree, draw: Draw): void {
  const nodes = nodesOf(tree)
  const node = nodes[draw(nodes.length)] ?? tree
  const claims = [...CLAIMS, ...GREAT_CLAIMS]
  const claim = claims[draw(claims.length)] ?? 0n
  const length = claim < 0n ? -claim : claim
  if (node.kind === 'integer') node.value = claim
  else if (node.kind === 'binary') node.claim = length
  else if (node.kind === 'list') spoilList(node, length, draw)
  else if (node.kind === 'struct') spoilStruct(node, draw)
}

function spoilList(node: Extract<Tree, { kind: 'list' }>, length: bigint, draw: Draw): void {
  const way = draw(4)
  if (way === 0) node.claim = length
  else if (way === 1) node.items = []
  else if (way === 2) node.items = Array.from({ length: 50 }, () => node.items).flat()
  // Items that take no byte, or are of another type.
  else node.item = [0, 1, 3, 7, 8, 9, 11, 12][draw(8)] ?? 0
}

function spoilStruct(node: Extract<Tree, { kind: 'struct' }>, draw: Draw): void {
  const way = draw(4)
  if (way === 0) node.fields = []
  else if (way === 1) node.fields.splice(draw(node.fields.length), 1)
  else if (way === 2) node.fields.push([99, nested(draw(2) === 0 ? 100 : 1_000)])
  else node.fields.push(...node.fields)
}

function nested(depth: number): Tree {
  let tree: Tree = { kind: 'struct', fields: [] }
  for (let level = 0; level < depth; level++) tree = { kind: 'struct', fields: [[1, tree]] }
  return tree
}

/**
 * Sets a number in the footer, in all row groups and columns.
 *
 * @param path - Field ids; of a list, each item is meant.
 */
export function setInFooter(file: Buffer, path: readonly number[], value: bigint): Buffer {
  const { tree, start } = footerOf(file)
  setIn(tree, path, value)
  return withFooter(file.subarray(0, start), tree)
}

/** Sets a number in the header of every page that has it, among the first two of each column. */
export function setInPages(file: Buffer, path: readonly number[], value: bigint): Buffer {
  const count = chunksOf(footerOf(file).tree).length
  let spoilt = file
  for (let place = 0; place < count; place++) {
    for (const nth of [1, 0]) {
      spoilt = spoilPageOf(spoilt, place, nth, (page) => setIn(page, path, value))
    }
  }
  return spoilt
}

function setIn(tree: Tree | undefined, [id, ...path]: readonly number[], value: bigint): void {
  if (tree?.kind === 'list') for (const item of tree.items) setIn(item, [id ?? 0, ...path], value)
  else if (tree?.kind === 'integer') tree.value = value
  else if (tree?.kind === 'struct' && id !== undefined) setIn(fieldOf(tree, id), path, value)
}

function footerOf(file: Buffer): { tree: Tree; start: number } {
  const start = file.length - 8 - file.readUInt32LE(file.length - 8)
  return { ...parseTree(file, start), start }
}

function withFooter(body: Buffer, tree: Tree): Buffer {
  const footer = formatTree(tree)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(footer.length)
  return Buffer.concat([body, footer, length, Buffer.from('PAR1')])
}

type Integer = Extract<Tree, { kind: 'integer' }>

interface Chunk {
  readonly start: number
  readonly size: Integer
  readonly offsets: readonly Integer[]
}

/** Fields of FileMetaData, RowGroup, ColumnChunk and ColumnMetaData in parquet.thrift. */
function chunksOf(footer: Tree): Chunk[] {
  return itemsOf(fieldOf(footer, 4)).flatMap((group) =>
    itemsOf(fieldOf(group, 1)).flatMap((column) => {
      const metadata = fieldOf(column, 3)
      const size = fieldOf(metadata, 7)
      const offsets = [fieldOf(column, 2), fieldOf(metadata, 9), fieldOf(metadata, 11)]
      const integers = offsets.filter((node) => node?.kind === 'integer')
      const starts = integers.map(({ value }) => Number(value)).filter((value) => value > 0)
      return size?.kind === 'integer'
        ? [{ start: Math.min(...starts), size, offsets: integers }]
        : []
    }),
  )
}

/** Where the first two pages of a chunk begin. */
function pageStarts(file: Buffer, { start, size }: Chunk): number[] {
  const { tree, end } = parseTree(file, start)
  const packed = fieldOf(tree, 3)
  const next = packed?.kind === 'integer' ? end + Number(packed.value) : start
  return next < start + Number(size.value) ? [start, next] : [start]
}

function fieldOf(tree: Tree | undefined, id: number): Tree | undefined {
  if (tree?.kind !== 'struct') return undefined
  return tree.fields.find(([field]) => field === id)?.[1]
}

function itemsOf(tree: Tree | undefined): Tree[] {
  return tree?.kind === 'list' ? tree.items : []
}
