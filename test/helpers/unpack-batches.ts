/** A program: unpacks a batch of each codec, and prints how many lines each holds. For other versions of Node.js. */
import * as kafka from '@platformatic/kafka'
import { createDecompress } from '../../pipeline/live/receive/decompress.ts'
import { readBatches } from '../../pipeline/live/receive/record-batches.ts'
import { packBatches } from './packed-batches.ts'

const tools = {
  crc32c: (bytes: Buffer) => kafka.crc32c(bytes),
  decompress: createDecompress(kafka),
}
for (const [codec, bytes] of packBatches(kafka)) {
  const [batch] = readBatches(bytes, tools)
  console.log(codec, (batch?.records.toString('latin1').split('501,30,7\n').length ?? 0) - 1)
}
