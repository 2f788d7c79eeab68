/** How much of their segments the writers have committed: what lies beyond may be lost with the power. */
import { join } from 'node:path'
import { readJournalLengths, readLastRecord } from '../../contract/journal.ts'

/** Journals of writers, below the input folder. */
const JOURNALS = ['.receive/journal', '.collect/journal']

/**
 * Reads how many bytes of each segment that is being written are on disk for good.
 *
 * @returns By path below the input folder. A file that no journal names is whole.
 */
export async function readCommitted(input: string): Promise<ReadonlyMap<string, number>> {
  const lengths = new Map<string, number>()
  for (const journal of JOURNALS) {
    for (const [path, bytes] of await readJournalLengths(join(input, journal))) {
      lengths.set(path, bytes)
    }
  }
  return lengths
}

/** Reads what writers say of lines that are lost. */
export async function readLosses(input: string): Promise<string[]> {
  const losses: string[] = []
  for (const journal of JOURNALS) {
    const { record } = await readLastRecord(join(input, journal))
    losses.push(...(record?.warnings ?? []))
  }
  return losses
}
