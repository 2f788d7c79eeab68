/**
 * The dashboard for Grafana, made from code so that its queries can be tested: `npx tsx deploy/monitoring/dashboard.ts`
 * writes it as the JSON file beside, which Grafana imports.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Panel, ROWS, type Row } from './panels.ts'

/** Grafana's grid is 24 wide. */
const WIDTH = 8
const HEIGHT = 7
const GRID = 24

/** The dashboard as Grafana imports it. */
export function createDashboard(): object {
  const datasource = { type: 'prometheus', uid: '$' + '{datasource}' }
  return {
    title: 'Banner pools',
    uid: 'banner-pools',
    schemaVersion: 41,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    tags: ['banner-pools'],
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
        {
          ...{ name: 'instance', label: 'Instance', type: 'query', datasource },
          query: 'label_values({__name__=~"banner_pools_.*"}, instance)',
          ...{ refresh: 2, multi: true, includeAll: true, allValue: '.*' },
          current: { text: 'All', value: '$__all' },
        },
      ],
    },
    panels: layOut(ROWS).map((panel, id) => ({ id: id + 1, ...panel, datasource })),
  }
}

/** Rows below each other, three panels beside each other. */
function layOut(rows: readonly Row[]): object[] {
  let y = 0
  return rows.flatMap(({ title, panels }) => {
    const heading = { type: 'row', title, collapsed: false, gridPos: { h: 1, w: GRID, x: 0, y } }
    const below = panels.map((panel, index) => {
      const x = (index * WIDTH) % GRID
      const line = Math.floor((index * WIDTH) / GRID)
      return {
        ...describePanel(panel),
        gridPos: { h: HEIGHT, w: WIDTH, x, y: y + 1 + line * HEIGHT },
      }
    })
    y += 1 + Math.ceil((panels.length * WIDTH) / GRID) * HEIGHT
    return [heading, ...below]
  })
}

function describePanel({ title, kind, unit, queries, description }: Panel): object {
  return {
    type: kind,
    title,
    ...(description === undefined ? {} : { description }),
    fieldConfig: {
      defaults: { unit, ...(kind === 'timeseries' ? { min: 0 } : {}) },
      overrides: [],
    },
    targets: queries.map(([expr, legendFormat], index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      ...{ expr, legendFormat },
      ...(kind === 'timeseries' ? {} : { instant: true }),
      ...(kind === 'table' ? { format: 'table' } : {}),
    })),
  }
}

const SELF = fileURLToPath(import.meta.url)
if (process.argv[1] === SELF) {
  const text = `${JSON.stringify(createDashboard(), null, 2)}\n`
  writeFileSync(new URL('dashboard.json', import.meta.url), text)
}
