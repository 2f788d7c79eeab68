import * as kafka from '@platformatic/kafka'
import { describe, expect, it } from 'vitest'
import { createDecompress } from '../../../../pipeline/live/receive/decompress.ts'
import { type BatchTools, readBatches } from '../../../../pipeline/live/receive/record-batches.ts'
import { createTransactionFilter } from '../../../../pipeline/live/receive/transactions.ts'
import { encodeBatch } from '../../../helpers/kafka-batches.ts'
import { PACKED_LINES, packBatches } from '../../../helpers/packed-batches.ts'

const TOOLS: BatchTools = {
  crc32c: (bytes) => kafka.crc32c(bytes),
  decompress: createDecompress(kafka),
}
const MESSAGE = { value: '1,30,7', headers: [['dataset', '1']] } as const
const GZIP = 1
const TRANSACTIONAL = 16
const CONTROL = 32

/** The mark at the end of a transaction: key with version 0 and type, 0 = aborted. */
function encodeMark(offset: number, producerId: number, type: number): Buffer {
  const batch = encodeBatch([{ value: '' }], {
    ...{ offset, producerId, attributes: TRANSACTIONAL | CONTROL },
    pack: () => Buffer.from([0x14, 0, 0, 0, 8, 0, 0, 0, type, 0, 0]),
  })
  return batch
}

describe('readBatches', () => {
  it('leaves a batch that is cut off, wherever, for the next answer', () => {
    const bytes = Buffer.concat([encodeBatch([MESSAGE]), encodeBatch([MESSAGE], { offset: 1 })])
    const { length } = encodeBatch([MESSAGE])
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const batches = [...readBatches(bytes.subarray(0, cut), TOOLS)]

      expect(batches.map(({ firstOffset }) => firstOffset)).toEqual(
        [0, 1].slice(0, Math.floor(cut / length)),
      )
    }
  })

  it('refuses a batch with an altered byte', () => {
    const bytes = encodeBatch([MESSAGE], { offset: 12 })
    for (let at = 21; at < bytes.length; at += 1) {
      const altered = Buffer.from(bytes)
      altered[at] = (altered[at] ?? 0) ^ 1

      expect(() => [...readBatches(altered, TOOLS)]).toThrow(
        'offset 12: the batch is damaged (its checksum differs)',
      )
    }
  })

  it('says which codec it cannot unpack', () => {
    const unknown = encodeBatch([MESSAGE], { attributes: 5 })
    const broken = encodeBatch([MESSAGE], { attributes: GZIP })

    expect(() => [...readBatches(unknown, TOOLS)]).toThrow('packed by codec 5: nobody knows it')
    expect(() => [...readBatches(broken, TOOLS)]).toThrow('packed by gzip cannot be unpacked: ')
  })

  it.each(packBatches(kafka))('unpacks what %s packs', (_, bytes) => {
    const [batch] = readBatches(bytes, TOOLS)

    expect(batch?.records.toString('latin1')).toContain(PACKED_LINES)
  })
})

describe('createTransactionFilter', () => {
  it('leaves out aborted transactions, marks, and nothing else', () => {
    const transactional = (offset: number, producerId: number) =>
      encodeBatch([MESSAGE], { offset, producerId, attributes: TRANSACTIONAL })
    const bytes = Buffer.concat([
      transactional(0, 1),
      transactional(1, 2),
      encodeBatch([MESSAGE], { offset: 2 }),
      encodeMark(3, 1, 0),
      encodeMark(4, 2, 1),
      transactional(5, 1),
      encodeMark(6, 1, 1),
      transactional(7, 1),
      encodeMark(8, 1, 0),
    ])
    const counts = createTransactionFilter([
      { producerId: 1n, firstOffset: 7 },
      { producerId: 1n, firstOffset: 0 },
    ])
    const taken = [...readBatches(bytes, TOOLS)].filter(counts)

    expect(taken.map(({ firstOffset }) => firstOffset)).toEqual([1, 2, 5])
  })
})
