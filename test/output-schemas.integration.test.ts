/** The schemas of `--json` are what the commands print, and what the package publishes. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeReceivedRejects } from '../contract/received.ts'
import { runPools } from '../pipeline/cli.ts'
import { formatSchema, OUTPUT_SCHEMAS, schemaFileOf } from '../scripts/output-schemas.ts'
import { smallWorld } from './helpers/builds.ts'
import { createFolder, removeFolder, writeFiles } from './helpers/folders.ts'

/** They print a document for each build, on a line. */
const GO_ON = ['watch', 'follow']
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

/** The documents that a command prints. One that goes on is stopped at its first. */
async function run(...words: string[]): Promise<unknown[]> {
  let stdout = ''
  let stderr = ''
  const stopping = new AbortController()
  const goesOn = GO_ON.some((word) => words.includes(word))
  const code = await runPools({
    argv: [...words, '--json'],
    name: 'pools',
    stdout: {
      write: (text) => {
        stdout += text
        stopping.abort()
      },
    },
    stderr: { write: (text) => (stderr += text) },
    environment: {},
    untilStopped: () => {
      if (words.includes('--grow') || words.includes('receive')) stopping.abort()
      return stopping.signal
    },
  })
  if (stdout === '') throw new Error(`exit code ${code}: ${stderr}`)
  return goesOn
    ? stdout
        .trim()
        .split(/\n(?=\{)/)
        .map((text) => JSON.parse(text))
    : [JSON.parse(stdout)]
}

/** As a follower leaves it that two lines from Kafka did not fit. */
function refuseLines(artifacts: string): Promise<void> {
  const where = { topic: 'clicks', partition: 0, offset: 7, line: null }
  return writeReceivedRejects(artifacts, {
    ...{ total: 3, day: '2026-11-30', counts: { not_utf8: 2 } },
    latest: [{ ...where, reason: 'not_utf8', lines: 2, bytes: 9, text: '\uFFFD' }],
  })
}

describe('the document of --json', () => {
  it('is as its schema says, for every command that has it', async () => {
    const [input, out] = [join(folder, 'in'), join(folder, 'out')]
    const build = ['build', '--input', input, '--out', out, '--max-reject-share', '1']
    const lines: Record<string, string[][]> = {
      build: [[...build, '--evaluate'], build, [...build, '--seed', '7']],
      builds: [['builds', '--artifacts', out]],
      check: [['check', '--artifacts', out]],
      explain: [['explain', '7', '--artifacts', out, '--banner', '33']],
      export: [['export', '--artifacts', out, '--out', join(folder, 'export')]],
      shell: [['shell', '--artifacts', out]],
      deny: [['deny', join(folder, 'deny.txt'), '--artifacts', out]],
      plan: [
        ['plan', '--input', input, '--engine', 'athena', '--work-location', 's3://bucket/work'],
      ],
      scan: [
        ['scan', '--input', input, '--into', join(folder, 'scanned'), '--max-reject-share', '1'],
      ],
      sample: [['sample', '--out', join(folder, 'sample'), '--scale', '0.001']],
      receive: [
        [
          'receive',
          '--kafka',
          '127.0.0.1:1',
          '--input',
          join(folder, 'received'),
          '--ops-port',
          'off',
        ],
      ],
      'sample --grow': [['sample', '--grow', join(folder, 'grown')]],
      verify: [['verify', '--input', input, '--artifacts', out]],
      evaluate: [['evaluate', '--input', input, '--max-reject-share', '1']],
      'build --what-if': [[...build, '--what-if', '--top', '2', '--fill', '2']],
      rollback: [['rollback', '--artifacts', out]],
      hold: [['hold', '--artifacts', out]],
      release: [['release', '--artifacts', out]],
      watch: [
        ['watch', ...build.slice(1), '--settle', '0'],
        ['watch', '--input', input, '--out', join(folder, 'strict'), '--settle', '0'],
      ],
      follow: [['follow', '--input', input, '--out', out, '--ops-port', 'off']],
    }
    for (const [command, runs] of Object.entries(lines)) {
      for (const words of runs) {
        for (const document of await run(...words)) {
          const error = OUTPUT_SCHEMAS[command]?.safeParse(document).error?.message
          expect({ command, error }).toEqual({ command, error: undefined })
        }
      }
    }
    const ids = (await readdir(join(out, 'builds'))).filter((name) => !name.startsWith('.'))
    const [first = '', second = ''] = ids
    const [diff] = await run('diff', first, second, '--artifacts', out)
    expect(OUTPUT_SCHEMAS.diff?.safeParse(diff).error?.message).toBe(undefined)
    await refuseLines(out)
    const [builds] = await run('builds', '--artifacts', out)
    expect(builds).toHaveProperty('refused.total', 3)
    expect(OUTPUT_SCHEMAS.builds?.safeParse(builds).error?.message).toBe(undefined)
  })
})

describe('schemas/', () => {
  it('has the schema of every command; if not, run npx tsx scripts/schemas.ts', async () => {
    const commands = Object.keys(OUTPUT_SCHEMAS).sort()

    expect((await readdir(SCHEMAS)).sort()).toEqual(commands.map(schemaFileOf).sort())
    for (const [command, schema] of Object.entries(OUTPUT_SCHEMAS)) {
      const text = await readFile(new URL(schemaFileOf(command), SCHEMAS), 'utf8')
      expect(text).toBe(formatSchema(command, schema))
    }
  })
})
