/** The figures of the build as Markdown. */
import { formatCount, formatTable } from '../document.ts'
import { median } from '../statistics.ts'
import type { Sample } from './measure.ts'
import type { Incremental } from './ways.ts'

/** All rounds at one scale, by way. */
export interface ScaleResult {
  readonly scale: number
  readonly rows: number
  readonly bytes: number
  readonly samples: ReadonlyMap<string, readonly Sample[]>
}

/** Makes sure that all ways that say which pools they made, made the same. */
export function assertSamePools(samples: readonly (readonly [string, readonly Sample[]])[]): void {
  const pools = samples.flatMap(([name, own]) =>
    own.flatMap((sample) => (sample.pools === undefined ? [] : [`${sample.pools} ${name}`])),
  )
  const different = new Set(pools.map((text) => text.split(' ')[0]))
  if (different.size > 1) throw new Error(`not the same pools:\n${pools.join('\n')}`)
}

/** One line a way, one column a scale: wall time as a multiple of the floor. */
export function formatRatios(results: readonly ScaleResult[]): string {
  const names = new Set(results.flatMap(({ samples }) => [...samples.keys()]))
  const head = ['wall time / floor', ...results.map(({ scale }) => `scale ${scale}`)]
  const rows = [...names]
    .filter((name) => name !== 'scan' && name !== 'sha256')
    .map((name) => [name, ...results.map((result) => formatRatio(ratiosOf(result, name)))])
  return formatTable(head, rows)
}

/** All figures of one scale. */
export function formatScale(result: ScaleResult): string {
  const head = ['way', 'wall s (range)', 'CPU s', 'peak MB', 'spill MB', '/ floor']
  const rows = [...result.samples].map(([name, samples]) => {
    const wall = samples.map(({ wallMs }) => wallMs)
    return [
      name,
      `${seconds(median(wall))} (${seconds(Math.min(...wall))}–${seconds(Math.max(...wall))})`,
      seconds(median(samples.map(({ cpuMs }) => cpuMs))),
      formatSize(samples.map(({ peakMb }) => peakMb)),
      formatSize(samples.map(({ spillMb }) => spillMb ?? null)),
      formatRatio(ratiosOf(result, name)),
    ]
  })
  const size = `${formatCount(result.rows)} rows, ${formatCount(result.bytes / 1e6)} MB`
  const rounds = result.samples.get('strict')?.length
  return `**Scale ${result.scale}**: ${size}, ${rounds} rounds\n\n${formatTable(head, rows)}`
}

/** Where the time of `strict` goes. Steps of less than one in a hundred at every scale are summed. */
export function formatSteps(results: readonly ScaleResult[]): string {
  const columns = results.map(({ samples }) => stepsOf(samples.get('strict') ?? []))
  const totals = columns.map((steps) => [...steps.values()].reduce((sum, ms) => sum + ms, 0))
  const isSmall = (name: string) =>
    columns.every((steps, index) => (steps.get(name) ?? 0) < (totals[index] ?? 0) / 100)
  const names = [...(columns[0]?.keys() ?? [])]
  const others = names.filter(isSmall)
  const head = ['step, ms', ...results.map(({ scale }) => `scale ${scale}`)]
  const line = (label: string, own: readonly string[]) => [
    label,
    ...columns.map((steps) =>
      formatCount(own.reduce((sum, name) => sum + (steps.get(name) ?? 0), 0)),
    ),
  ]
  const rows = names.filter((name) => !isSmall(name)).map((name) => line(name, [name]))
  return formatTable(head, [...rows, line(`${others.length} others`, others)])
}

/** What a build costs that finds most of its files cached. */
export function formatIncremental(rounds: readonly Incremental[]): string {
  const kinds = [
    ['all 100 files new', 'scratch'],
    ['1 file of 100 new', 'oneNew'],
    ['no file new', 'nothingNew'],
  ] as const
  const rows = kinds.map(([label, kind]) => [
    label,
    seconds(median(rounds.map((round) => round[kind].wallMs))),
    seconds(median(rounds.map((round) => round[kind].cpuMs))),
    `${median(rounds.map((round) => round.scratch.wallMs / round[kind].wallMs)).toFixed(1)}×`,
  ])
  return formatTable(['build', 'wall s', 'CPU s', 'as fast as from nothing'], rows)
}

/** Round by round, the wall time as a multiple of scan and sha256 together. */
function ratiosOf({ samples }: ScaleResult, name: string): number[] {
  const [scans = [], hashes = []] = [samples.get('scan'), samples.get('sha256')]
  return (samples.get(name) ?? []).map(
    ({ wallMs }, round) =>
      wallMs / ((scans[round]?.wallMs ?? Number.NaN) + (hashes[round]?.wallMs ?? Number.NaN)),
  )
}

function formatRatio(ratios: readonly number[]): string {
  return ratios.length === 0 ? '' : median(ratios).toFixed(2)
}

function stepsOf(samples: readonly Sample[]): Map<string, number> {
  const names = samples[0]?.steps?.map(({ name }) => name) ?? []
  const msOf = (sample: Sample, name: string) =>
    sample.steps?.find((step) => step.name === name)?.wallMs ?? 0
  return new Map(names.map((name) => [name, median(samples.map((sample) => msOf(sample, name)))]))
}

/** The greatest of all rounds; nothing where it was not measured. */
function formatSize(sizes: readonly (number | null)[]): string {
  const known = sizes.filter((size) => size !== null)
  return known.length === 0 ? '' : formatCount(Math.max(...known))
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2)
}
