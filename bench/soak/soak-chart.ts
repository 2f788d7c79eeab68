/** Memory, open files and tails over the time of a soak, as an SVG of three panels above each other. */
import { PROCESSES, type Sample } from './samples.ts'

const WIDTH = 760
const LEFT = 70
const RIGHT = 120
const TOP = 30
const PANEL = 150
const GAP = 44

/** Told apart without colour vision, and at 3:1 on white: Okabe and Ito's, darker. */
const COLOURS = ['#0072b2', '#b35900', '#007a5a'] as const

interface Line {
  readonly label: string
  readonly points: readonly { readonly seconds: number; readonly value: number }[]
}

interface Panel {
  readonly title: string
  readonly lines: readonly Line[]
  readonly isLogarithmic?: boolean
}

/** Draws the chart. A mark below the panels is something that happened; hovering it tells what. */
export function drawSoak(samples: readonly Sample[]): string {
  const panels = describePanels(samples)
  const seconds = samples.at(-1)?.seconds ?? 1
  const height = TOP + panels.length * (PANEL + GAP) + 20
  const x = (at: number) => Math.round(LEFT + (at / seconds) * (WIDTH - LEFT - RIGHT))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="Memory, open files and waits during the soak">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...panels.flatMap((panel, index) => drawPanel(panel, TOP + index * (PANEL + GAP), x)),
    ...drawTime(samples, { seconds, x, y: height - GAP + 4 }),
    '</svg>\n',
  ].join('\n')
}

function describePanels(samples: readonly Sample[]): Panel[] {
  const ofProcess = (key: 'megabytes' | 'handles') =>
    PROCESSES.map((name) => createLine(name, samples, (one) => one.processes[name]?.[key]))
  return [
    { title: 'memory, MB', lines: ofProcess('megabytes') },
    { title: 'open files and sockets', lines: ofProcess('handles') },
    {
      title: 'waits of visitors in each 10 seconds, ms',
      isLogarithmic: true,
      lines: [
        createLine('p50', samples, ({ p50 }) => p50),
        createLine('p99', samples, ({ p99 }) => p99),
        createLine('longest', samples, ({ max }) => max),
      ],
    },
  ]
}

function createLine(
  label: string,
  samples: readonly Sample[],
  find: (sample: Sample) => number | null | undefined,
): Line {
  const points = samples.flatMap((sample) => {
    const value = find(sample)
    return typeof value === 'number' ? [{ seconds: sample.seconds, value }] : []
  })
  return { label, points }
}

function drawPanel(panel: Panel, top: number, x: (seconds: number) => number): string[] {
  const { title, lines, isLogarithmic = false } = panel
  const greatest = Math.max(1, ...lines.flatMap(({ points }) => points.map(({ value }) => value)))
  const ticks = isLogarithmic ? findDecades(lines, greatest) : findTicks(greatest)
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1]
  const scale = isLogarithmic ? Math.log10 : (value: number) => value
  const y = (value: number) => {
    const share = (scale(Math.max(value, low)) - scale(low)) / (scale(high) - scale(low))
    return Math.round(top + PANEL - share * PANEL)
  }
  return [
    `<text x="${LEFT}" y="${top - 10}" font-weight="600">${title}</text>`,
    ...ticks.flatMap((tick) => [
      `<path d="M${LEFT} ${y(tick)}H${WIDTH - RIGHT}" stroke="#d0d7de"/>`,
      `<text x="${LEFT - 8}" y="${y(tick) + 4}" text-anchor="end">${Number(tick.toPrecision(2)).toLocaleString('en-US')}</text>`,
    ]),
    ...lines.flatMap(({ label, points }, index) => {
      const path = points.map((point) => `${x(point.seconds)} ${y(point.value)}`).join('L')
      const legendY = top + 16 + index * 20
      return [
        `<path d="M${path}" fill="none" stroke="${COLOURS[index]}" stroke-width="1.5"/>`,
        `<path d="M${WIDTH - RIGHT + 14} ${legendY - 4}h16" stroke="${COLOURS[index]}" stroke-width="2"/>`,
        `<text x="${WIDTH - RIGHT + 36}" y="${legendY}" fill="${COLOURS[index]}">${label}</text>`,
      ]
    }),
  ]
}

/** Three or four round numbers from 0 on. */
function findTicks(greatest: number): number[] {
  const rough = greatest / 3
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough) ?? rough
  return Array.from({ length: Math.ceil(greatest / step) + 1 }, (_, i) => i * step)
}

function findDecades(lines: readonly Line[], greatest: number): number[] {
  const least = Math.min(...lines.flatMap(({ points }) => points.map(({ value }) => value)))
  const first = Math.floor(Math.log10(Math.max(least, 0.01)))
  const last = Math.ceil(Math.log10(greatest))
  return Array.from({ length: Math.max(2, last - first + 1) }, (_, i) => 10 ** (first + i))
}

function drawTime(
  samples: readonly Sample[],
  { seconds, x, y }: { seconds: number; x: (seconds: number) => number; y: number },
): string[] {
  const marks = samples.flatMap((sample) =>
    sample.happened.map(
      (name) =>
        `<path d="M${x(sample.seconds)} ${y - 14}v8" stroke="#5a5a5a"><title>${name}</title></path>`,
    ),
  )
  const quarters = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<text x="${x(share * seconds)}" y="${y + 12}" text-anchor="middle">${Number(((share * seconds) / 60).toFixed(1))} min</text>`,
  )
  return [...marks, ...quarters]
}
