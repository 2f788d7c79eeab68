/** The page for analysts, as they would follow it: DuckDB's command line and Python, installed with pip. */
import { execFile } from 'node:child_process'
import { readFile, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readManifest, resolveBuildFolder } from '../../contract/read.ts'
import { describeGuide, guideShell } from '../../pipeline/ask/shell.ts'
import { buildPools } from '../../pipeline/build/build.ts'
import { BUILD_DEFAULTS, createRecorder } from '../../pipeline/commands/features.ts'
import { makeSample } from '../../pipeline/sample/sample.ts'
import { answerAll, withAnswers } from '../../scripts/lib/answers.ts'
import { readSqlFiles } from '../../scripts/lib/sql-files.ts'
import { publishChange, startEpoch } from '../../scripts/lib/write-changes.ts'
import { createFolder, removeFolder } from '../helpers/folders.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PACKAGES = ['duckdb-cli==1.5.6', 'duckdb==1.5.6', 'pandas', 'polars', 'pyarrow']

const run = promisify(execFile)

describe('docs/analysts.md', () => {
  let folder = ''
  let bin = ''
  let page = ''

  beforeAll(async () => {
    page = await readFile(join(ROOT, 'docs/analysts.md'), 'utf8')
    folder = await createFolder()
    const [input, out] = [join(folder, 'in'), join(folder, 'artifacts')]
    await makeSample({ out: input, scale: 1, seed: 0 })
    const limits = { threads: 2, memoryLimit: '1GB' }
    const record = createRecorder({ ...limits, madeBy: 'batch', historyDays: 400 })
    await buildPools({ ...BUILD_DEFAULTS, input, out, record })
    await symlink(join(ROOT, 'sql'), join(folder, 'sql'))
    bin = join(folder, 'python', 'bin')
    await run('python3', ['-m', 'venv', join(folder, 'python')])
    await run(join(bin, 'pip'), ['install', '--quiet', ...PACKAGES])
  }, 300_000)
  afterAll(() => removeFolder(folder))

  it('shows the answers of the sample', async () => {
    const answers = await answerAll(join(folder, 'artifacts'))

    expect([...page.matchAll(/^<!-- (?!end)(\w+) -->$/gm)].map(([, name]) => name).sort()).toEqual([
      ...answers.keys(),
    ])
    expect(withAnswers(page, answers)).toBe(page)
  })

  it('has a notebook whose cells run one after the other, on a live folder too', async () => {
    const { cells } = JSON.parse(await readFile(join(ROOT, 'docs/analysts.ipynb'), 'utf8')) as {
      cells: { cell_type: string; source: string[] }[]
    }
    const code = cells.filter(({ cell_type }) => cell_type === 'code')
    const script = code.map(({ source }) => source.join('')).join('\n\n')
    const out = join(folder, 'artifacts')
    const runAll = () => run(join(bin, 'python'), ['-c', script], { cwd: folder })
    const still = (await runAll()).stdout
    const { build_id: buildId } = await readManifest(await resolveBuildFolder(out))
    const previous = await startEpoch(out, buildId)
    // Campaign 1 has one banner in quarter 1, and none in the others.
    await publishChange(out, { buildId, n: 1, previous, campaigns: { 1: { 1: [999] } } })
    const live = `${script}\nprint(live.filter("campaign_id = 1").project("dataset, banner_id").fetchall())`

    const { stdout } = await run(join(bin, 'python'), ['-c', live], { cwd: folder })

    await rm(join(out, 'live'), { recursive: true })
    expect(still).toContain(`build ${buildId}`)
    expect(still).toContain('not evaluated')
    expect(stdout).toContain('[(1, 999)]')
  })

  it('opens a build in the command line of DuckDB, which answers every question', async () => {
    const guide = await guideShell(join(folder, 'artifacts'))
    for (const { path, sql } of await readSqlFiles('analysis')) {
      const question = `.mode csv\n.read ${path}\n`
      const script = `${describeGuide(guide).join('\n')} <<'END'\n${question}END\n`

      const { stdout, stderr } = await run('sh', ['-c', script], {
        cwd: folder,
        env: { PATH: `${bin}:${process.env.PATH}` },
      })

      expect([path, stderr]).toEqual([path, ''])
      // The names of its columns, as its header has them.
      const names = [...sql.matchAll(/^-- {3}(\w+) /gm)].map(([, name]) => name)
      expect(stdout.split(/\r?\n/)[0]).toBe(names.join())
    }
  })

  it('has snippets of Python that run', async () => {
    const snippets = [...page.matchAll(/```python\n([\s\S]*?)```/g)].map(([, code = '']) => code)

    expect(snippets.length).toBe(3)
    for (const code of snippets) {
      const { stdout } = await run(join(bin, 'python'), ['-c', code], { cwd: folder })
      // All of them print revenue.
      expect(stdout).toContain('revenue')
    }
  })
})
