/** The ready questions of `sql/analysis/`, answered as the analysts' page shows them. */

import { guideShell } from '../../pipeline/ask/shell.ts'
import { readRows, withDatabase } from '../../pipeline/base/database.ts'
import { readSqlFiles } from './sql-files.ts'

/** Rows of an answer that the page shows. */
const SHOWN = 5

/** Answers every question of a build, over the views of `pools shell`: name to a Markdown table. */
export async function answerAll(artifacts: string): Promise<Map<string, string>> {
  const { sql } = await guideShell(artifacts)
  const questions = await readSqlFiles('analysis')
  return withDatabase(':memory:', { threads: 1, memoryLimit: '1GB' }, async (connection) => {
    await connection.run(sql)
    const answers = new Map<string, string>()
    for (const question of questions) {
      const names = (await connection.runAndReadAll(question.sql)).columnNames()
      // As text, because a decimal becomes a floating number in JavaScript.
      const texts = names.map((name) => `cast(${name} as varchar) as ${name}`).join(', ')
      const rows = await readRows(connection, `select ${texts} from (${question.sql}\n)`)
      answers.set(question.name, formatTable(names, rows))
    }
    return answers
  })
}

/** Puts answers into a page, between `<!-- name -->` and `<!-- end -->`. */
export function withAnswers(page: string, answers: ReadonlyMap<string, string>): string {
  return page.replaceAll(
    /<!-- (\w+) -->\n[\s\S]*?<!-- end -->/g,
    (_, name) => `<!-- ${name} -->\n${answers.get(name)}\n<!-- end -->`,
  )
}

function formatTable(names: readonly string[], rows: readonly object[]): string {
  const lines = [names, names.map(() => '---'), ...rows.slice(0, SHOWN).map(Object.values)]
  const table = lines.map((cells) => `| ${cells.map((cell) => cell ?? '').join(' | ')} |`)
  const rest = rows.length - SHOWN
  if (rows.length === 0) return 'No row: the sample has none.'
  return rest > 0 ? `${table.join('\n')}\n\n… and ${rest} more rows.` : table.join('\n')
}
