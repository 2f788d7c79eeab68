import type { AbortedTransaction } from './fetch.ts'
import type { Batch } from './record-batches.ts'

/** Key of a control record: version, then what became of the transaction. */
const MARKER_AT = 2
const ABORT = 0

/**
 * Makes a function that tells whether the records of a batch count: those of aborted transactions, and the marks at the ends
 * of transactions, do not.
 *
 * @param aborted - Of one answer for one partition, whose batches are asked for in order.
 */
export function createTransactionFilter(
  aborted: readonly AbortedTransaction[],
): (batch: Batch) => boolean {
  const waiting = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  const open = new Set<bigint>()
  return (batch) => {
    while (waiting[0] !== undefined && waiting[0].firstOffset <= batch.lastOffset) {
      open.add(waiting[0].producerId)
      waiting.shift()
    }
    if (batch.isControl) {
      if (isAbort(batch)) open.delete(batch.producerId)
      return false
    }
    return !(batch.isTransactional && open.has(batch.producerId))
  }
}

/** Its one record begins with length, attributes and two differences of one byte each, and the length of the key. */
function isAbort({ records }: Batch): boolean {
  const keyStart = 5
  return records.length >= keyStart + 4 && records.readInt16BE(keyStart + MARKER_AT) === ABORT
}
