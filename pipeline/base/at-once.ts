/** So many questions are asked of a disk or a bucket at once. */
const AT_ONCE = 16

/** Maps items by something that waits, some of them at once; the results are in order. */
export async function mapAtOnce<Item, Result>(
  items: readonly Item[],
  map: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  for (let start = 0; start < items.length; start += AT_ONCE) {
    const some = items.slice(start, start + AT_ONCE)
    results.push(...(await Promise.all(some.map((item, place) => map(item, start + place)))))
  }
  return results
}
