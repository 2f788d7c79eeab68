/** What the documents list must be all that there is. */
import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { LIST_COLUMNS } from '../contract/input-columns.ts'
import { REASONS } from '../contract/schema.ts'
import { BUILD } from '../pipeline/commands/build.ts'
import { EVALUATE } from '../pipeline/commands/evaluate.ts'
import { PAGES_WITH_COLUMNS, putColumnTables } from '../scripts/lib/column-tables.ts'
import { BANNER_REASONS } from '../server/banner/outcomes.ts'
import { LOG_EVENTS } from '../server/base/log-events.ts'
import { LAMBDA_VARIABLES } from '../server/lambda/settings.ts'
import { SETTINGS } from '../server/settings.ts'

const ROOT = new URL('../', import.meta.url)

function read(path: string): Promise<string> {
  return readFile(new URL(path, ROOT), 'utf8')
}

/** The words in backquotes in the first column of a document's tables. */
function listed(document: string): string[] {
  return [...document.matchAll(/^\| (`[^|]+`)[^|]*\|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word),
  )
}

describe('docs/data-checks.md', () => {
  it('lists every check under its severity', async () => {
    const [, errors = '', warnings = ''] = (await read('docs/data-checks.md')).split(/^## /m)
    const bySeverity: Record<string, string[]> = { error: [], warn: [] }
    for (const file of await readdir(new URL('sql/checks/', ROOT))) {
      const severity = /^-- severity: (\w+)$/m.exec(await read(`sql/checks/${file}`))?.[1] ?? ''
      bySeverity[severity]?.push(file.replace('.sql', ''))
    }

    expect(listed(errors)).toEqual(bySeverity.error?.sort())
    expect(listed(warnings)).toEqual(bySeverity.warn?.sort())
  })
})

describe('docs/operations.md', () => {
  it('tells what to do about every alarm', async () => {
    const [, section = ''] = (await read('docs/operations.md')).split(/^## Alarms$/m)
    const template = await read('deploy/aws/template.yaml')
    const alarms = [...template.matchAll(/^ {2}(\w+):\n {4}Type: AWS::CloudWatch::Alarm$/gm)]

    expect(alarms.length).toBeGreaterThan(4)
    for (const [, name] of alarms) expect(section).toContain(`| \`${name}\` |`)
  })

  it('lists every variable of the function', async () => {
    const operations = await read('docs/operations.md')

    for (const name of Object.keys(LAMBDA_VARIABLES))
      expect(operations).toContain(`| \`${name}\` |`)
  })
})

describe('the documents', () => {
  it('lists every reason of a reject and of a candidate', async () => {
    const reasons = [
      ...codesOf(await read('pipeline/input/scan/line.ts'), 'LineReason'),
      ...REASONS,
      'conflict',
      'orphan',
    ]

    expect(reasons.length).toBe(26)
    const pages = (await read('docs/input.md')) + (await read('docs/artifact.md'))
    expect(listed(pages)).toEqual(expect.arrayContaining(reasons))
  })

  it.each(PAGES_WITH_COLUMNS)('%s has every column as it is declared', async (page) => {
    const document = await read(page)

    expect(document).toContain('<!-- end -->')
    // `npx tsx scripts/column-tables.ts` writes them.
    expect(document).toBe(putColumnTables(document))
  })

  it('lists the columns of lists', async () => {
    const page = await read('docs/input.md')

    for (const [list, columns] of Object.entries(LIST_COLUMNS)) {
      expect(page).toContain(`| \`${list}.csv\` | \`${columns.map(({ name }) => name).join()}\` |`)
    }
  })

  it('lists every code of X-Banner-Reason', async () => {
    const page = await read('docs/http.md')

    const words = new Set(page.match(/\w+/g))
    for (const reason of BANNER_REASONS) expect(words).toContain(reason)
  })

  it('lists every setting of the server with its variable', async () => {
    const readme = await read('docs/server.md')

    for (const { flag, env } of Object.values(SETTINGS)) {
      expect(readme).toContain(`| \`--${flag}\` | \`${env}\` |`)
    }
  })

  it('lists every event of the log', async () => {
    const readme = await read('docs/server.md')

    for (const event of Object.keys(LOG_EVENTS)) expect(readme).toContain(`\`${event}\``)
  })

  it('lists every flag of the build', async () => {
    const readme = await read('docs/cli.md')

    expect(Object.keys(BUILD.options).length).toBeGreaterThan(9)
    for (const flag of Object.keys(BUILD.options)) expect(readme).toContain(`\`--${flag}\``)
  })

  it('lists every flag of the evaluation', async () => {
    const [, section = ''] = (await read('docs/cli.md')).split('`pools evaluate` takes')

    for (const flag of Object.keys(EVALUATE.options)) expect(section).toContain(`\`--${flag}\``)
  })

  it('names every dependency', async () => {
    const { dependencies, devDependencies, optionalDependencies, peerDependencies } = JSON.parse(
      await read('package.json'),
    )
    const all = {
      ...dependencies,
      ...devDependencies,
      ...optionalDependencies,
      ...peerDependencies,
    }
    const readme = await read('CONTRIBUTING.md')

    for (const name of Object.keys(all)) {
      expect(readme).toContain(name.startsWith('@types/') ? '`@types/*`' : `\`${name}\``)
    }
  })
})

/** The members of a union of words in a source file. */
function codesOf(source: string, type: string): string[] {
  const union = new RegExp(`^export type ${type} =\\n((?:  \\| '\\w+'\\n)+)`, 'm').exec(source)?.[1]
  return [...(union ?? '').matchAll(/'(\w+)'/g)].map(([, code = '']) => code)
}
