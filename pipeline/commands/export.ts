import type { ExportFormat } from '../ask/export.ts'
import { assertFlag, type Command } from './command.ts'

interface ExportFlags {
  artifacts: string
  out: string
  format: string
  table: string[]
}

const FORMATS: readonly ExportFormat[] = ['csv', 'json', 'jsonl']
const TABLES = ['pools', 'banner_stats', 'rejects', 'banners', 'campaign_banners']

/** `pools export` */
export const EXPORT: Command<ExportFlags> = {
  usage: 'export',
  describe: 'write what is published as CSV or JSON',
  options: {
    artifacts: {
      type: 'string',
      default: 'artifacts',
      describe: 'artifacts folder, or the folder of one build',
    },
    out: { type: 'string', demandOption: true, describe: 'folder for the files' },
    format: {
      type: 'string',
      default: 'csv',
      values: FORMATS,
      describe: "'csv', 'json' (one array) or 'jsonl' (an object a line)",
    },
    table: {
      type: 'string',
      array: true,
      default: [],
      defaultDescription: 'all',
      values: TABLES,
      describe: `only this one: ${TABLES.join(', ')}; repeatable`,
    },
  },
  examples: [
    ['export --artifacts artifacts --out export', 'pools.csv, banner_stats.csv, rejects.csv'],
    ['export --out export --format json --table pools', 'the pools alone, as JSON'],
  ],
  check({ format, table }) {
    assertFlag(toFormat(format) !== undefined, 'format', FORMATS.join(', '))
    const isKnown = table.every((name) => TABLES.includes(name))
    assertFlag(isKnown, 'table', `one of ${TABLES.join(', ')}`)
  },
  async run({ artifacts, out, format, table: tables }) {
    const { describeExport, exportTables } = await import('../ask/export.ts')
    const wanted = { artifacts, out, format: toFormat(format) ?? 'csv', tables }
    const summary = await exportTables(wanted)
    return { document: summary, lines: describeExport(summary) }
  },
}

function toFormat(text: string): ExportFormat | undefined {
  return FORMATS.find((format) => format === text)
}
