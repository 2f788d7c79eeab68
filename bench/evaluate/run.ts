/**
 * Simulates worlds of which the truth is known, and writes the table of docs/evaluate.md.
 *
 *   npx tsx bench/evaluate/run.ts [--share 1] [--only TEXT] [--results FILE]
 *
 * --share: of the 4,000 or 1,000 worlds of each line. --only: lines whose name holds it; the document stays. --results: what was
 * simulated before is read from this file, and added to it after each line.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { formatTable, writeSection } from '../document.ts'
import { CELLS, type Cell } from './cells.ts'
import { type Share, type Simulated, simulate } from './simulate.ts'

/** Results by line, and how many worlds they are of. */
type Results = Record<string, Simulated>

const { values: flags } = parseArgs({
  options: {
    share: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    results: { type: 'string' },
  },
})

const share = Number(flags.share)
const results: Results = flags.results === undefined ? {} : await readResults(flags.results)
const cells = CELLS.filter((cell) => nameCell(cell).includes(flags.only))
// Single campaigns take seconds; the others minutes.
const ordered = [...cells].sort((a, b) => timeOf(a) - timeOf(b))
for (const cell of ordered) {
  const worlds = Math.max(10, Math.round(cell.worlds * share))
  const name = nameCell(cell)
  if ((results[name]?.worlds ?? 0) >= worlds) continue
  const startMs = performance.now()
  const result = simulate(cell.options, cell.seed, worlds)
  results[name] = result
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0)
  console.log([name, ...describe(result, cell).slice(2)].join(' | '), `(${seconds} s)`)
  if (flags.results !== undefined) await writeFile(flags.results, JSON.stringify(results, null, 1))
}
if (flags.only === '') await writeSection('evaluate.md', 'worlds', formatResults())

async function readResults(file: string): Promise<Results> {
  const text = await readFile(file, 'utf8').catch(() => '{}')
  return JSON.parse(text) as Results
}

function nameCell({ world, options }: Cell): string {
  return `${world} | ${options.campaigns}`
}

function timeOf({ options, worlds }: Cell): number {
  return worlds * options.campaigns * (1 + options.impressions / 50_000)
}

function formatResults(): string {
  const head = [
    ...['world', 'campaigns', 'worlds', 'brought', 'random', 'difference', 'bias'],
    ...['p ≤ 0.05', 'of one pool', 'beats', 'of one pool', 'false'],
  ]
  const rows = CELLS.flatMap((cell) => {
    const result = results[nameCell(cell)]
    return result === undefined ? [] : [describe(result, cell)]
  })
  return formatTable(head, rows)
}

/** One line. One campaign alone has exact ends, and is not judged as a total. */
function describe(result: Simulated, { world, options }: Cell): string[] {
  const isSingle = options.campaigns === 1
  return [
    world,
    String(options.campaigns),
    String(result.worlds),
    percent(isSingle ? result.single : result.honest),
    isSingle ? '' : percent(result.chance),
    isSingle ? '' : percent(result.lift),
    `${result.bias.toFixed(1)} %`,
    isSingle ? '' : percent(result.found),
    // Few pools have a p: then it is about the odd ones out.
    result.foundSingle.of < result.beatsSingle.of / 100 ? '–' : percent(result.foundSingle),
    isSingle ? '' : percent(result.beats),
    percent(result.beatsSingle),
    `${result.falseFindings.count} of ${result.falseFindings.of}`,
  ]
}

function percent({ count, of }: Share): string {
  return of === 0 ? '–' : ((100 * count) / of).toFixed(1)
}
