/** A batch of one message, packed by each codec of Kafka. */
import { gzipSync } from 'node:zlib'
import type * as kafka from '@platformatic/kafka'
import { encodeBatch } from './kafka-batches.ts'

/** What each of them holds. */
export const PACKED_LINES = '501,30,7\n'.repeat(40)

/** Its records as the zstd of Debian packs them: Node.js 20 cannot. */
const ZSTD = 'KLUv/QBYHQEA4PIFAAAAAdAFNTAxLDMwLDcKAg5kYXRhc2V0AjEBALmoliU='

/** By the name of the codec, in the order of Kafka's numbers. */
export function packBatches({
  compressionsAlgorithms: { snappy, lz4 },
}: Pick<typeof kafka, 'compressionsAlgorithms'>): readonly (readonly [string, Buffer])[] {
  const packers = {
    none: (records: Buffer) => records,
    gzip: gzipSync,
    snappy: (records: Buffer) => Buffer.from(snappy.compressSync(records)),
    lz4: (records: Buffer) => Buffer.from(lz4.compressSync(records)),
    zstd: () => Buffer.from(ZSTD, 'base64'),
  }
  const message = { value: PACKED_LINES, headers: [['dataset', '1']] } as const
  return Object.entries(packers).map(([codec, pack], attributes) => {
    return [codec, encodeBatch([message], { attributes, pack })] as const
  })
}
