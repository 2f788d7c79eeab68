/** Figures as text, and their places in the documents of docs/. */
import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg } from 'node:os'

/** A Markdown table; all columns but those that are named in `left` are numbers. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, column) => (isNumber(rows[0]?.[column]) ? '---:' : '---'))
  return [head, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

/** A whole number with separators. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** Three digits that count. */
export function formatMs(value: number): string {
  if (!Number.isFinite(value)) return 'none'
  return value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0)
}

/** The machine, and how busy it was before: figures taken on a busy machine say little. */
export function describeMachine(): string {
  const [cpu] = cpus()
  const busy = loadavg()[0]?.toFixed(1)
  return `${availableParallelism()} × ${cpu?.model.trim()}, Node ${process.version}, load average before ${busy}`
}

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->` in a document of docs/. */
export async function writeSection(file: string, name: string, content: string): Promise<void> {
  const path = new URL(`../docs/${file}`, import.meta.url)
  const document = await readFile(path, 'utf8')
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [document.indexOf(start), document.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`docs/${file} has no section ${name}`)
  const text = `${document.slice(0, from)}${start}\n${content.trim()}\n${document.slice(to)}`
  await writeFile(path, text)
}

function isNumber(cell = ''): boolean {
  return /^[\d.,×]+$/.test(cell)
}
