/** The schemas of `--json` are what the commands print, and what the package publishes. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runPools } from '../pipeline/cli.ts'
import { formatSchema, OUTPUT_SCHEMAS } from '../scripts/output-schemas.ts'
import { smallWorld } from './helpers/builds.ts'
import { createFolder, removeFolder, writeFiles } from './helpers/folders.ts'

const SCHEMAS = new URL('../schemas/', import.meta.url)

let folder = ''
beforeAll(async () => {
  folder = await createFolder()
  await writeFiles(join(folder, 'in'), {
    ...smallWorld(),
    '1/clicks_more.csv': 'click_id,banner_id,campaign_id\nx,30,7\n900,30,7\n',
  })
  await writeFile(join(folder, 'deny.txt'), 'banner 30\nbanner 99\ncampaign 8\n')
})
afterAll(() => removeFolder(folder))

/** The document that a command prints. */
async function run(...words: string[]): Promise<unknown> {
  let stdout = ''
  let stderr = ''
  const code = await runPools({
    argv: [...words, '--json'],
    name: 'pools',
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    environment: {},
    untilStopped: () => new AbortController().signal,
  })
  if (stdout === '') throw new Error(`exit code ${code}: ${stderr}`)
  return JSON.parse(stdout)
}

describe('the document of --json', () => {
  it('is as its schema says, command by command', async () => {
    const [input, out] = [join(folder, 'in'), join(folder, 'out')]
    const build = ['build', '--input', input, '--out', out, '--max-reject-share', '1']
    const lines: Record<string, string[][]> = {
      build: [[...build, '--evaluate'], build, [...build, '--seed', '7']],
      builds: [['builds', '--artifacts', out]],
      check: [['check', '--artifacts', out]],
      explain: [['explain', '7', '--artifacts', out, '--banner', '33']],
      shell: [['shell', '--artifacts', out]],
      deny: [['deny', join(folder, 'deny.txt'), '--artifacts', out]],
      plan: [
        ['plan', '--input', input, '--engine', 'athena', '--work-location', 's3://bucket/work'],
      ],
      sample: [['sample', '--out', join(folder, 'sample'), '--scale', '0.001']],
      rollback: [['rollback', '--artifacts', out]],
    }
    for (const [command, runs] of Object.entries(lines)) {
      for (const words of runs) {
        const result = OUTPUT_SCHEMAS[command]?.safeParse(await run(...words))
        expect({ command, error: result?.error?.message }).toEqual({ command, error: undefined })
      }
    }
    const [first = '', second = ''] = await readdir(join(out, 'builds'))
    const diff = await run('diff', first, second, '--artifacts', out)
    expect(OUTPUT_SCHEMAS.diff?.safeParse(diff).error?.message).toBe(undefined)
  })
})

describe('schemas/', () => {
  it('has the schema of every command; if not, run npx tsx scripts/schemas.ts', async () => {
    const commands = Object.keys(OUTPUT_SCHEMAS).sort()

    expect((await readdir(SCHEMAS)).sort()).toEqual(commands.map((name) => `${name}.schema.json`))
    for (const [command, schema] of Object.entries(OUTPUT_SCHEMAS)) {
      const text = await readFile(new URL(`${command}.schema.json`, SCHEMAS), 'utf8')
      expect(text).toBe(formatSchema(command, schema))
    }
  })
})
