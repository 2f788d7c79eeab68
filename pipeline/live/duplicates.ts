/** Which of the files that are read have the lines of another one, and do not count. */
import type { Place } from '../state/file-counts.ts'

/**
 * Finds the files with the same lines as another of their dataset and table, as a batch does: the first path counts.
 *
 * @param keepEqualFiles - Equal files of impressions count each.
 * @returns Paths.
 */
export function findDuplicates(places: readonly Place[], keepEqualFiles: boolean): Set<string> {
  const firsts = new Set<string>()
  const duplicates = new Set<string>()
  const withRows = places.filter(({ nextLine }) => nextLine > 2)
  for (const place of [...withRows].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const { dataset, table, linesSha256, path } = place
    if (keepEqualFiles && table === 'impressions') continue
    const key = `${dataset} ${table} ${linesSha256}`
    if (firsts.has(key)) duplicates.add(path)
    firsts.add(key)
  }
  return duplicates
}
