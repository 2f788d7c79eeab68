/** Batches of records as a broker sends them, written byte by byte: an encoder that has nothing from the reader. */
import { crc32c } from '@platformatic/kafka'

/** A message; a header may stand there several times. */
export interface TestMessage {
  readonly value: string | Buffer | null
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

/** What a batch says beside its records. */
export interface TestBatch {
  readonly offset?: number
  readonly attributes?: number
  readonly producerId?: number
  readonly pack?: (records: Buffer) => Buffer
}

/** Writes a batch. */
export function encodeBatch(messages: readonly TestMessage[], batch: TestBatch = {}): Buffer {
  const { offset = 0, attributes = 0, producerId = -1, pack = (records: Buffer) => records } = batch
  const records = pack(Buffer.concat(messages.map(encodeRecord)))
  const body = Buffer.alloc(40)
  body.writeInt16BE(attributes, 0)
  body.writeInt32BE(messages.length - 1, 2)
  body.writeBigInt64BE(1_000n, 6)
  body.writeBigInt64BE(1_000n, 14)
  body.writeBigInt64BE(BigInt(producerId), 22)
  body.writeInt32BE(messages.length, 36)
  const checked = Buffer.concat([body, records])
  const head = Buffer.alloc(21)
  head.writeBigInt64BE(BigInt(offset), 0)
  head.writeInt32BE(9 + checked.length, 8)
  head.writeInt8(2, 16)
  head.writeUInt32BE(crc32c(checked), 17)
  return Buffer.concat([head, checked])
}

function encodeRecord({ value, headers = [] }: TestMessage, nth: number): Buffer {
  const parts = [Buffer.from([0]), varint(0), varint(nth), varint(-1), bytes(value)]
  parts.push(varint(headers.length))
  for (const [name, text] of headers) parts.push(bytes(name), bytes(text))
  const record = Buffer.concat(parts)
  return Buffer.concat([varint(record.length), record])
}

function bytes(value: string | Buffer | null): Buffer {
  if (value === null) return varint(-1)
  const content = Buffer.from(value)
  return Buffer.concat([varint(content.length), content])
}

function varint(value: number): Buffer {
  let left = value < 0 ? -value * 2 - 1 : value * 2
  const digits: number[] = []
  while (left >= 128) {
    digits.push((left % 128) + 128)
    left = Math.floor(left / 128)
  }
  return Buffer.from([...digits, left])
}
