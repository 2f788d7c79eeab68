/**
 * Finds the name that a person most likely meant.
 *
 * @returns The name with the fewest edits to `wanted`, case and punctuation aside; null if none is near.
 */
export function nearestName(wanted: string, names: readonly string[]): string | null {
  const plain = simplify(wanted)
  let nearest: string | null = null
  // More edits than a third of the word is another word.
  let fewest = Math.ceil(plain.length / 3) + 1
  for (const name of names) {
    const edits = editDistance(plain, simplify(name))
    if (edits >= fewest) continue
    nearest = name
    fewest = edits
  }
  return nearest
}

function simplify(name: string): string {
  const latin = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^ -~]/g, toLatin)
  return latin.replace(/[^a-z0-9]/g, '')
}

/** Cyrillic and Greek letters that look like Latin ones, and these. */
const LOOK_ALIKES = 'авеёкмнорстухіјѕԁԛԝһӏαβεικνορτυχγω'
const LATIN = 'abeekmhopctyxijsdqwhlabeiknoptuxyw'

function toLatin(character: string): string {
  return LATIN[LOOK_ALIKES.indexOf(character)] ?? ''
}

/**
 * Counts the single-character edits that turn one text into the other.
 *
 * @see https://en.wikipedia.org/wiki/Levenshtein_distance, the version with one row kept.
 */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= to.length; j += 1) {
      const replace = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
