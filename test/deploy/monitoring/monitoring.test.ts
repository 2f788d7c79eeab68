import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createDashboard } from '../../../deploy/monitoring/dashboard.ts'
import { ROWS } from '../../../deploy/monitoring/panels.ts'
import { NO_CHOICES } from '../../../server/banner/outcomes.ts'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly runbook_url: string }
}

function read(path: string): Promise<string> {
  return readFile(new URL(`../../../${path}`, import.meta.url), 'utf8')
}

async function readRules(): Promise<Rule[]> {
  const { groups } = parse(await read('deploy/monitoring/rules.yaml')) as {
    groups: { rules: Rule[] }[]
  }
  return groups.flatMap((group) => group.rules)
}

describe('deploy/monitoring', () => {
  it('has the dashboard that its code makes', async () => {
    expect(JSON.parse(await read('deploy/monitoring/dashboard.json'))).toEqual(createDashboard())
  })

  it('tries each alert with a series that fires it', async () => {
    const text = await read('deploy/monitoring/rules.test.yaml')
    const { tests } = parse(text) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[] }[]
    }
    const fired = tests.flatMap((test) =>
      test.alert_rule_test.filter((each) => each.exp_alerts !== undefined),
    )
    const names = new Set(fired.map(({ alertname }) => alertname))

    expect([...names].sort()).toEqual((await readRules()).map(({ alert }) => alert).sort())
  })

  it('counts every reason for no banner in the alert of its share', async () => {
    const reasons = Object.keys(NO_CHOICES).join('|')
    const exprs = (await readRules()).map(({ expr }) => expr)

    expect(exprs.filter((expr) => expr.includes(`{outcome=~"${reasons}"}`))).toHaveLength(1)
  })

  it('says for each alert what to do, where its link leads', async () => {
    const page = await read('docs/monitoring.md')
    const headings = [...page.matchAll(/^### (\w+)$/gm)].map(([, name]) => name ?? '')
    const rules = await readRules()

    expect(headings).toEqual(rules.map(({ alert }) => alert))
    for (const { alert, annotations, labels } of rules) {
      expect(annotations.runbook_url).toBe(`docs/monitoring.md#${alert.toLowerCase()}`)
      expect(['page', 'ticket']).toContain(labels.severity)
    }
  })

  it('names each panel of the dashboard once', () => {
    const titles = ROWS.flatMap((row) => row.panels.map(({ title }) => title))

    expect(new Set(titles).size).toBe(titles.length)
  })
})
