import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runPools } from '../../pipeline/cli.ts'
import { PROGRAMS } from '../../scripts/lib/programs.ts'
import { smallWorld } from '../helpers/builds.ts'
import { withFolder, writeFiles } from '../helpers/folders.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

describe('pools', () => {
  it('builds, says so on stdout, and its steps on stderr', async () => {
    await withWorld(async (folder) => {
      const { code, stdout, stderr } = await poolsAlone(
        'build',
        '--input',
        `${folder}/in`,
        '--out',
        `${folder}/out`,
      )

      expect(code).toBe(0)
      expect(stdout).toMatch(
        /^build [0-9a-f]{16} is current now\nfiles {5}12, 0 of them duplicates\n/,
      )
      expect(stdout).toContain('rows      48: 48 accepted, 0 rejected, 0 duplicates')
      expect(stdout).toContain('4 1 to 4 converted, then by clicks (4 filled at random')
      expect(stderr).toMatch(/^inspect files +48 rows +[\d,]+ ms$/m)
      expect(stderr).toMatch(/^publish +[\d,]+ ms$/m)
    })
  })

  it('prints the plan of a build on a cluster', async () => {
    await withWorld(async (folder) => {
      const place = ['--engine', 'trino', '--work-location', 's3://bucket/work/']
      const { code, stdout } = await pools('plan', '--input', `${folder}/in`, ...place)

      expect(code).toBe(0)
      expect(stdout).toMatch(/^-- Work schema hive\.pools_[0-9a-f]{16}, the default one/)
      expect(stdout).toMatch(/drop schema if exists hive\.pools_[0-9a-f]{16} cascade;\n$/)
    })
  })

  it.each([
    ['plan', '--engine', 'duckdb', '--engine duckdb has no plan'],
    ['plan', '--engine', 'trino', '--engine trino needs --work-location'],
    ['build', '--engine', 'trino', '--engine trino needs --work-location'],
    ['build', '--trino-ca', 'ca.pem', '--trino-ca needs --engine trino'],
  ])('refuses %s %s %s with exit code 2', async (command, flag, value, message) => {
    const out = command === 'build' ? ['--out', 'nowhere'] : []
    const { code, stderr } = await pools(command, '--input', 'nowhere', ...out, flag, value)

    expect(code).toBe(2)
    expect(stderr.split('\n')[0]).toContain(message)
  })

  it('prints one JSON document with --json', async () => {
    await withWorld(async (folder) => {
      const { stdout } = await pools(
        'build',
        '--input',
        `${folder}/in`,
        '--out',
        `${folder}/out`,
        '--json',
      )

      expect(JSON.parse(stdout)).toMatchObject({
        status: 'built',
        files: 12,
        rows: 48,
        accepted: 48,
        pools: 4,
      })
    })
  })

  it('checks a build, and fails on an altered one', async () => {
    await withWorld(async (folder) => {
      await pools('build', '--input', `${folder}/in`, '--out', `${folder}/out`)

      const good = await pools('check', '--artifacts', `${folder}/out`)
      const path = join(folder, 'out/banner_stats.parquet')
      const bytes = await readFile(path)
      bytes[100] = (bytes[100] ?? 0) ^ 1
      await writeFiles(folder, { 'out/banner_stats.parquet': bytes })
      const bad = await pools('check', '--artifacts', `${folder}/out`)

      expect(good.code).toBe(0)
      expect(good.stdout).toMatch(/^ok +pools_are_in_order$/m)
      expect(good.stdout).toMatch(/\d+ checks, 0 errors, 0 warnings\n$/)
      expect(bad.code).toBe(1)
      expect(bad.stderr).toMatch(
        /^pools: sha256 differs from the manifest.*banner_stats.parquet\n$/,
      )
    })
  })

  it('explains a pool as a table, and a banner as JSON', async () => {
    await withWorld(async (folder) => {
      const [input, out] = [`${folder}/in`, `${folder}/out`]
      // Banner 34 has a click more than the random ones, and 35 none: five others come before it.
      await writeFiles(input, {
        '1/impressions_b.csv': 'banner_id,campaign_id\n34,7\n35,7\n36,7\n',
        '1/clicks_b.csv': 'click_id,banner_id,campaign_id\n150,34,7\n151,33,7\n152,36,7\n',
      })
      await pools('build', '--input', input, '--out', out)

      const table = await pools('explain', '7', '--artifacts', out, '--dataset', '1')
      const json = await pools('explain', '7', '--artifacts', out, '--banner', '35', '--json')

      expect(table.stdout.split('\n').slice(1, 6).map(squeeze)).toEqual([
        '',
        'dataset 1 (minutes 0–14): 1 of 7 candidates converted, so these, then the most clicked, to 5',
        'rank banner revenue clicks conversions why',
        '1 30 1.750000 2 2 every converted banner is in',
        '2 31 0.000000 2 0 one of the most clicked, to fill the pool',
      ])
      expect(table.stdout).toContain(
        'no clicks, and the pool was full without it; would need a conversion or 1 more click (one conversion: chance decides)\n',
      )
      expect(JSON.parse(json.stdout).datasets[0].banner).toMatchObject({
        banner_id: 35,
        pool_rank: null,
        reason: 'out_no_clicks',
        needs: { more_revenue: null, conversion_of: '0.000000', more_clicks: 1 },
      })
    })
  })

  it('denies what stdin names', async () => {
    await withFolder(async (folder) => {
      const line = `printf 'banner 30' | "$0" --import tsx pipeline/main.ts deny - --artifacts "$1"`
      const child = spawn('sh', ['-c', line, process.execPath, folder], { cwd: ROOT })
      const [code] = await once(child, 'close')

      expect(code).toBe(0)
      expect(await readFile(join(folder, 'denylist.txt'), 'utf8')).toBe('banner 30')
    })
  })

  it('lists the commands, and shows examples in the help of each', async () => {
    const { stdout } = await pools('--help')
    const commands = [...stdout.matchAll(/^ {2}pools (\w+)/gm)].map(([, name = '']) => name)

    expect(commands).toEqual([
      ...[
        'build',
        'scan',
        'watch',
        'follow',
        'receive',
        'hold',
        'release',
        'verify',
        'builds',
        'check',
        'diff',
        'evaluate',
      ],
      ...['explain', 'export', 'plan', 'rollback', 'deny', 'sample', 'shell'],
      'completion',
    ])
    const help = await Promise.all(['build', 'diff'].map((name) => pools(name, '--help')))
    const examples = help.map(({ stdout }) =>
      stdout.split('Examples:\n')[1]?.match(/^ {2}pools /gm),
    )
    expect(examples.map((lines) => lines?.length)).toEqual([5, 2])
  })

  it('prints a completion script for the shell that is named', async () => {
    const bash = await pools('completion', 'bash')
    const zsh = await pools('completion', 'zsh')

    expect(bash.stdout).toContain('complete -o default -F _pools_complete pools\n')
    expect(zsh.stdout).toMatch(/^#compdef pools\n/)
  })

  it('moves no cursor and colours nothing off a terminal', async () => {
    await withWorld(async (folder) => {
      const { stdout, stderr } = await poolsAlone(
        'build',
        '--input',
        `${folder}/in`,
        '--out',
        `${folder}/out`,
      )

      expect(stderr.split('\n').length).toBeGreaterThan(10)
      for (const control of ['\u001b', '\r']) expect(stdout + stderr).not.toContain(control)
    })
  })

  it.each<[string, string[], RegExp]>([
    ['no command', [], /^pools: name a command; see 'pools --help'\n$/],
    [
      'an unknown command',
      ['biuld'],
      /^pools: Unknown argument: biuld, did you mean build\?; see 'pools --help'\n$/,
    ],
    [
      'an unknown flag',
      ['build', '--input', 'a', '--out', 'b', '--sed', '1'],
      /Unknown argument: sed, did you mean --seed\?; see/,
    ],
    ['a missing flag', ['build', '--out', 'b'], /Missing required argument: input/],
    [
      'a flag without its value',
      ['build', '--out', 'b', '--input'],
      /Not enough arguments following: input/,
    ],
    [
      'a seed that is no number',
      ['build', '--input', 'a', '--out', 'b', '--seed', 'x'],
      /--seed must be a whole/,
    ],
    [
      'a share above 1',
      ['build', '--input', 'a', '--out', 'b', '--max-reject-share', '5'],
      /from 0 to 1/,
    ],
    [
      'no threads',
      ['build', '--input', 'a', '--out', 'b', '--threads', '0'],
      /--threads must be a whole number/,
    ],
    [
      'a limit without unit',
      ['build', '--input', 'a', '--out', 'b', '--memory-limit', '4'],
      /must be like 4GB/,
    ],
    [
      'a flag twice',
      ['build', '--input', 'a', '--input', 'c', '--out', 'b'],
      /--input is given twice/,
    ],
    [
      'a size without a question',
      ['build', '--input', 'a', '--out', 'b', '--top', '8'],
      /--top needs --what-if: pools of other sizes are not published/,
    ],
    [
      'a fill above the top',
      ['build', '--input', 'a', '--out', 'b', '--what-if', '--fill', '11'],
      /--fill must be at most --top, which is 10/,
    ],
    [
      'a size that is no count',
      ['build', '--input', 'a', '--out', 'b', '--what-if', '--top', '7.5'],
      /--top must be a whole number from 1 to 255/,
    ],
    [
      'a size that no rank can have',
      ['build', '--input', 'a', '--out', 'b', '--what-if', '--top', '256'],
      /--top must be a whole number from 1 to 255/,
    ],
    [
      'a forced question',
      ['build', '--input', 'a', '--out', 'b', '--what-if', '--force'],
      /give one of them/,
    ],
    ['a scale of 0', ['sample', '--out', 'b', '--scale', '0'], /--scale must be above 0/],
  ])('exits 2 on %s', async (_, args, message) => {
    const { code, stdout, stderr } = await pools(...args)

    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
    expect(stderr.trim().split('\n').length).toBe(1)
  })

  it.each<[string, string[], RegExp]>([
    [
      'no input folder',
      ['build', '--input', 'no-such', '--out', 'o'],
      /input folder does not exist, see --input: /,
    ],
    [
      'no build to check',
      ['check', '--artifacts', 'no-such'],
      /no build found, run 'make pipeline' first: no-such/,
    ],
  ])('exits 1 on %s', async (_, args, message) => {
    const { code, stderr } = await pools(...args)

    expect(code).toBe(1)
    expect(stderr).toMatch(message)
    expect(stderr.trim().split('\n').length).toBe(1)
  })

  it('lets one build into a folder at a time, and names the other', async () => {
    await withWorld(async (folder) => {
      const { withWorkFolder } = await import('../../pipeline/publish/publish.ts')

      await withWorkFolder(join(folder, 'out'), async () => {
        const second = await poolsAlone(
          'build',
          '--input',
          `${folder}/in`,
          '--out',
          `${folder}/out`,
        )

        expect(second.code).toBe(1)
        expect(second.stderr).toContain(
          `pools: process ${process.pid} is building here, try again later: `,
        )
      })
    })
  })
})

function squeeze(line: string): string {
  return line.trim().replaceAll(/ +/g, ' ')
}

function withWorld(fn: (folder: string) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    await writeFiles(join(folder, 'in'), smallWorld())
    await fn(folder)
  })
}

interface Result {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command in this process: a start of its own takes longer than most of them. */
async function pools(...argv: string[]): Promise<Result> {
  const output = { stdout: '', stderr: '' }
  const code = await runPools({
    argv,
    name: 'pools',
    stdout: { write: (text) => (output.stdout += text) },
    stderr: { write: (text) => (output.stderr += text) },
    environment: {},
    untilStopped: () => new AbortController().signal,
  })
  return { code, ...output }
}

/** Runs a command in a process of its own. */
async function poolsAlone(...args: string[]): Promise<Result> {
  const child = spawn(process.execPath, [PROGRAMS.pools, ...args], { cwd: ROOT })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (output.stdout += chunk))
  child.stderr.on('data', (chunk) => (output.stderr += chunk))
  const [code] = await once(child, 'close')
  return { code, ...output }
}
