/** Thrift's compact protocol as a tree that can be changed and written again: for files that claim what is not so. */

/** A value. `claim` is the length that is written instead of the true one. */
export type Tree =
  | { kind: 'bool'; type: number }
  | { kind: 'integer'; type: number; value: bigint }
  | { kind: 'binary'; bytes: Buffer; claim?: bigint }
  | { kind: 'list'; item: number; items: Tree[]; claim?: bigint }
  | { kind: 'struct'; fields: [id: number, value: Tree][] }

const TYPES = { binary: 8, list: 9, struct: 12 } as const

/** Reads the struct at a place. Only for files that are good. */
export function parseTree(bytes: Buffer, start: number): { tree: Tree; end: number } {
  let offset = start
  const byte = () => bytes.readUInt8(offset++)
  const varint = () => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const next = byte()
      value |= BigInt(next & 127) << shift
      if (next < 128) return value
    }
  }
  const read = (type: number, isItem: boolean): Tree => {
    if (type <= 2) return { kind: 'bool', type: isItem ? byte() : type }
    if (type <= 6) {
      const value = varint()
      return { kind: 'integer', type, value: (value >> 1n) ^ -(value & 1n) }
    }
    if (type === TYPES.binary) {
      const length = Number(varint())
      offset += length
      return { kind: 'binary', bytes: bytes.subarray(offset - length, offset) }
    }
    if (type === TYPES.list) {
      const head = byte()
      const length = head >> 4 === 15 ? Number(varint()) : head >> 4
      const items = Array.from({ length }, () => read(head & 15, true))
      return { kind: 'list', item: head & 15, items }
    }
    if (type !== TYPES.struct) throw new Error(`not in Parquet: ${type}`)
    const fields: [number, Tree][] = []
    let id = 0
    for (let head = byte(); head !== 0; head = byte()) {
      id = head >> 4 === 0 ? Number(varint() >> 1n) : id + (head >> 4)
      fields.push([id, read(head & 15, false)])
    }
    return { kind: 'struct', fields }
  }
  return { tree: read(TYPES.struct, false), end: offset }
}

/** Writes a tree. */
export function formatTree(tree: Tree): Buffer {
  if (tree.kind === 'bool') return Buffer.alloc(0)
  if (tree.kind === 'integer') return varint(zigzag(tree.value))
  if (tree.kind === 'binary') {
    return Buffer.concat([varint(tree.claim ?? BigInt(tree.bytes.length)), tree.bytes])
  }
  if (tree.kind === 'list') {
    const length = tree.claim ?? BigInt(tree.items.length)
    const head = Buffer.from([0xf0 | tree.item])
    const items = tree.items.map((item) =>
      item.kind === 'bool' ? Buffer.from([item.type]) : formatTree(item),
    )
    return Buffer.concat([head, varint(length), ...items])
  }
  const fields = tree.fields.flatMap(([id, value]) => [
    Buffer.from([typeOf(value)]),
    varint(zigzag(BigInt(id))),
    formatTree(value),
  ])
  return Buffer.concat([...fields, Buffer.from([0])])
}

/** Lists every value in a tree, itself included. */
export function nodesOf(tree: Tree): Tree[] {
  if (tree.kind === 'list') return [tree, ...tree.items.flatMap(nodesOf)]
  if (tree.kind === 'struct') return [tree, ...tree.fields.flatMap(([, value]) => nodesOf(value))]
  return [tree]
}

function typeOf(tree: Tree): number {
  if (tree.kind === 'bool' || tree.kind === 'integer') return tree.type
  return TYPES[tree.kind]
}

function zigzag(value: bigint): bigint {
  return value < 0n ? -2n * value - 1n : 2n * value
}

function varint(value: bigint): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)])
    bytes.push(Number(rest & 127n) | 128)
  }
}
