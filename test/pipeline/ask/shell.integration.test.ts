import { execFile } from 'node:child_process'
import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { describeGuide, guideShell } from '../../../pipeline/ask/shell.ts'
import { readRows } from '../../../pipeline/base/database.ts'
import { answerAll } from '../../../scripts/lib/answers.ts'
import { smallWorld, withBuild } from '../../helpers/builds.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'
import { withMemory } from '../../helpers/sql.ts'

const run = promisify(execFile)

/** A folder name with all that a shell, SQL and a pattern of files could take for something else. */
const HOSTILE = `it's "$(rm x)" [1] * %s; --`

/** Gives `fn` the small world's artifacts in a folder with a hostile name. */
function withHostileFolder(fn: (artifacts: string) => Promise<void>): Promise<void> {
  return withBuild(smallWorld(), ({ out }) =>
    withFolder(async (folder) => {
      const artifacts = join(folder, HOSTILE)
      await mkdir(artifacts)
      for (const name of ['builds', 'current']) await rename(join(out, name), join(artifacts, name))
      await fn(artifacts)
    }),
  )
}

describe('guideShell', () => {
  it('makes views of the build, wherever it is', async () => {
    await withHostileFolder(async (artifacts) => {
      const { sql } = await guideShell(artifacts)

      const counts = await withMemory(async (connection) => {
        await connection.run(sql)
        return readRows(
          connection,
          `select (select count(*) from pools) as pools, (select count(*) from banner_stats) as stats,
             (select count(*) from rejects) as rejects`,
        )
      })

      // Four candidates in each of four datasets, all of them in.
      expect(counts).toEqual([{ pools: 16, stats: 16, rejects: 0 }])
    })
  })

  it('prints lines that a shell takes as one command, with the views as one word', async () => {
    await withHostileFolder(async (artifacts) => {
      const guide = await guideShell(artifacts)
      // In place of the command line of DuckDB: says what it was given.
      const duckdb = `#!/bin/sh\nprintf '%s\\n' "$#" "$@"\n`
      await writeFiles(artifacts, { duckdb })
      await run('chmod', ['+x', join(artifacts, 'duckdb')])

      const script = describeGuide(guide).join('\n')
      const { stdout } = await run('sh', [
        '-c',
        `PATH="$1:$PATH"; eval "$2"`,
        'sh',
        artifacts,
        script,
      ])

      expect(stdout).toBe(`2\n-cmd\n${guide.sql.replaceAll('\n', ' ')}\n`)
    })
  })

  it('names the build itself, not what is current', async () => {
    await withBuild(smallWorld(), async ({ out, summary }) => {
      const { build_id, folder } = await guideShell(out)

      expect(build_id).toBe(summary.build_id)
      expect(folder).toMatch(new RegExp(`builds/${summary.build_id}$`))
    })
  })

  it('fails where there is no build', async () => {
    await withFolder(async (folder) => {
      await expect(guideShell(folder)).rejects.toThrow(/^no build found/)
    })
  })
})

describe('the questions of sql/analysis', () => {
  it('are ten, and have answers over the views of a build', async () => {
    // Campaign 7 earned 1.75 in each quarter, with 4 clicks and 6 impressions each; banner 33 to 36 are of one each.
    const answers = await withBuild(smallWorld(), ({ out }) => answerAll(out))

    expect(answers.size).toBe(10)
    expect(answers.get('top_campaigns')).toContain('| 7 | 7.000000 | 8 | 16 | 24 | 7 |')
    expect(answers.get('banners_in_all_quarters')?.split('\n').slice(2)).toEqual([
      '| 7 | 30 | 1 | 1 | 7.000000 |',
      '| 7 | 31 | 2 | 2 | 0.000000 |',
      expect.stringMatching(/^\| 7 \| 32 \|/),
    ])
    expect(answers.get('pools_short_of_five')).toContain('| 1 | 7 | 4 |')
  })
})
