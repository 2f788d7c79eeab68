/** Revenue for 1,000 impressions by day, without exploring and with it, as an SVG. */

const [WIDTH, HEIGHT] = [720, 320]
const [LEFT, RIGHT, TOP, BOTTOM] = [56, 170, 40, 44]
/** Told apart without colour vision, and at 3:1 on white. */
const COLOURS = ['#5a5a5a', '#0072b2'] as const
const LABELS = ['without exploring', 'exploring 5 %'] as const
const TITLE = 'Earned for 1,000 impressions, by day'

/**
 * Draws the chart.
 *
 * @param lines - Without exploring, with it: a value a day.
 * @param added - The day on which the better banner was added.
 */
export function drawMonth(lines: readonly (readonly number[])[], added: number): string {
  const days = lines[0]?.length ?? 0
  const most = Math.ceil(Math.max(...lines.flat()))
  const x = (day: number) => LEFT + Math.round((day * (WIDTH - LEFT - RIGHT)) / (days - 1))
  const y = (value: number) =>
    HEIGHT - BOTTOM - Math.round((value * (HEIGHT - TOP - BOTTOM)) / most)
  const ticks = Array.from({ length: most + 1 }, (_, value) => value)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="${TITLE}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="24" font-weight="600">${TITLE}</text>`,
    ...ticks.flatMap((value) => [
      `<path d="M${LEFT} ${y(value)}H${WIDTH - RIGHT}" stroke="#d0d7de"/>`,
      `<text x="${LEFT - 8}" y="${y(value) + 4}" text-anchor="end">${value}</text>`,
    ]),
    `<path d="M${x(added)} ${TOP}V${HEIGHT - BOTTOM}" stroke="#8a6d00" stroke-dasharray="4 4"/>`,
    `<text x="${x(added) + 6}" y="${HEIGHT - BOTTOM - 8}">a better banner is added</text>`,
    ...[0, 10, 20, days - 1].map(
      (day) => `<text x="${x(day)}" y="${HEIGHT - 20}" text-anchor="middle">day ${day + 1}</text>`,
    ),
    ...lines.map((values, line) => {
      const path = values.map((value, day) => `${x(day)} ${y(value)}`).join('L')
      return `<path d="M${path}" fill="none" stroke="${COLOURS[line]}" stroke-width="2"/>`
    }),
    ...lines.map((values, line) => {
      const last = values.at(-1) ?? 0
      return `<text x="${WIDTH - RIGHT + 10}" y="${y(last) + 4}" fill="${COLOURS[line]}">${LABELS[line]}</text>`
    }),
    '</svg>\n',
  ].join('\n')
}
