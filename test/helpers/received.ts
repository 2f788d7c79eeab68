/** What a receiver has written, as far as its journal vouches for it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { readLastRecord } from '../../contract/journal.ts'
import { listSegments } from '../../contract/segments/recover.ts'

/** Lines of all segments, headers left out, in order; and what the journal says is lost. */
export async function readReceived(
  input: string,
): Promise<{ readonly lines: string[]; readonly warnings: readonly string[] }> {
  const { record } = await readLastRecord(join(input, '.receive/journal'))
  const lines: string[] = []
  for (const path of await listSegments(input, () => true)) {
    const bytes = await readFile(join(input, path))
    const whole = path.endsWith('.gz') ? gunzipSync(bytes) : bytes
    const text = whole.subarray(0, record?.lengths[path] ?? whole.length).toString()
    lines.push(...text.split('\n').slice(1, -1))
  }
  return { lines: lines.sort(), warnings: record?.warnings ?? [] }
}

/** The column `event` of all lines, in order. */
export async function listEvents(input: string): Promise<string[]> {
  const { lines } = await readReceived(input)
  return lines.map((line) => line.split(',')[0] ?? '').sort()
}
