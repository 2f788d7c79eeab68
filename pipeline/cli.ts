#!/usr/bin/env -S npx tsx
/** The only file of the pipeline that knows argv, the console and exit codes. */
import { availableParallelism } from 'node:os'
import yargs, { type Argv } from 'yargs'
import { hideBin } from 'yargs/helpers'
import { ArtifactError } from '../artifacts/read.ts'
import { PipelineError } from './errors.ts'
import { createProgress } from './progress.ts'

/** What may be given more than once, and the list of commands, which yargs calls `_`. */
const MANY = new Set(['_', 'rename'])

const FAILED = 1
const MISUSED = 2

try {
  await createCommands(hideBin(process.argv)).parseAsync()
} catch (error) {
  if (!(error instanceof PipelineError) && !(error instanceof ArtifactError)) throw error
  console.error(`pools: ${error.message}`)
  process.exitCode = error instanceof PipelineError ? error.exitCode : FAILED
}

function createCommands(argv: readonly string[]): Argv {
  return yargs(argv)
    .scriptName('pools')
    .usage('$0 <command>\n\nranks the banners of each campaign and publishes the pools')
    .command('build', 'build the pools from the logs and publish them', buildFlags, runBuild)
    .command('rollback [build]', 'make an earlier build current', rollbackFlags, runRollback)
    .command('check', 'run the data checks on a published build', checkFlags, runCheck)
    .command('sample', 'make sample logs that reach every rule', sampleFlags, runSample)
    .demandCommand(1, 'name a command')
    .strict()
    .check((flags) => {
      for (const [name, value] of Object.entries(flags)) {
        if (Array.isArray(value) && !MANY.has(name)) throw misuse(`--${name} is given twice`)
      }
      return true
    })
    .alias('help', 'h')
    .version(false)
    .wrap(100)
    .fail((message, error) => {
      if (error !== undefined && error !== null) throw error
      throw misuse(message)
    })
}

function buildFlags(command: Argv) {
  return command
    .option('input', { type: 'string', demandOption: true, describe: 'folder with the CSV files' })
    .option('out', { type: 'string', demandOption: true, describe: 'artifacts folder' })
    .option('seed', { type: 'number', default: 0, describe: 'of the random order, a whole number' })
    .option('force', { type: 'boolean', default: false, describe: 'build even what is current' })
    .option('allow-missing', {
      type: 'boolean',
      default: false,
      describe: 'a missing dataset or table is a warning',
    })
    .option('max-reject-share', {
      type: 'number',
      default: 0.05,
      describe: 'share of a file that may be rejected, 0 to 1',
    })
    .option('rename', {
      type: 'string',
      array: true,
      requiresArg: true,
      default: [],
      describe: 'column with another name in the files, like clicks.clickId=click_id; repeatable',
    })
    .option('keep', {
      type: 'number',
      default: 5,
      describe: 'builds to keep, the current one included',
    })
    .option('threads', {
      type: 'number',
      default: availableParallelism(),
      defaultDescription: 'all cores',
      describe: 'threads to use',
    })
    .option('memory-limit', {
      type: 'string',
      default: '4GB',
      describe: 'memory for tables and sorts; more spills to disk',
    })
    .option('json', { type: 'boolean', default: false, describe: 'summary as one JSON document' })
    .example('$0 build --input logs --out artifacts', 'build, check and publish')
    .check((flags) => {
      assertFlag(Number.isSafeInteger(flags.seed), 'seed', 'a whole number')
      assertFlag(isWithin(flags['max-reject-share'], 0, 1), 'max-reject-share', 'from 0 to 1')
      assertFlag(isCount(flags.threads), 'threads', 'a whole number from 1 on')
      assertFlag(isCount(flags.keep), 'keep', 'a whole number from 1 on')
      assertFlag(
        /^\d+(\.\d+)? ?[KMGT]i?B$/i.test(flags['memory-limit']),
        'memory-limit',
        'like 4GB',
      )
      return true
    })
}

async function runBuild(flags: {
  input: string
  out: string
  seed: number
  force: boolean
  allowMissing: boolean
  maxRejectShare: number
  rename: string[]
  keep: number
  threads: number
  memoryLimit: string
  json: boolean
}): Promise<void> {
  const { buildPools } = await import('./build.ts')
  const { parseRename } = await import('./renames.ts')
  const { describeSummary } = await import('./summary.ts')
  const progress = createProgress((line) => console.error(line))
  const renames = flags.rename.map(parseRename)
  const summary = await buildPools({ ...flags, renames, now: () => new Date(), progress })
  print(flags.json, summary, describeSummary(summary))
}

function rollbackFlags(command: Argv) {
  return command
    .positional('build', {
      type: 'string',
      describe: 'build id; by default the newest before the current one',
    })
    .option('artifacts', { type: 'string', demandOption: true, describe: 'artifacts folder' })
    .option('json', { type: 'boolean', default: false, describe: 'result as one JSON document' })
    .example('$0 rollback --artifacts artifacts', 'undo the last build')
}

async function runRollback(flags: {
  build: string | undefined
  artifacts: string
  json: boolean
}): Promise<void> {
  const { rollBack } = await import('./builds.ts')
  const { from, to } = await rollBack(flags.artifacts, flags.build)
  print(flags.json, { from, to }, [`build ${to} is current now, ${from} was before`])
}

function checkFlags(command: Argv) {
  return command
    .option('artifacts', {
      type: 'string',
      demandOption: true,
      describe: 'artifacts folder or the folder of one build',
    })
    .option('json', { type: 'boolean', default: false, describe: 'report as one JSON document' })
    .example('$0 check --artifacts artifacts', 'exit code 1 if a check finds an error')
}

async function runCheck({ artifacts, json }: { artifacts: string; json: boolean }): Promise<void> {
  const { checkBuild, describeReport } = await import('./check.ts')
  const report = await checkBuild(artifacts)
  print(json, report, describeReport(report))
  if (!report.passed) process.exitCode = FAILED
}

function sampleFlags(command: Argv) {
  return command
    .option('out', { type: 'string', demandOption: true, describe: 'folder for the CSV files' })
    .option('scale', {
      type: 'number',
      default: 1,
      describe: 'times the size of the real data: 1 has 600,000 impressions',
    })
    .option('seed', { type: 'number', default: 0, describe: 'of the rows, a whole number' })
    .option('json', { type: 'boolean', default: false, describe: 'summary as one JSON document' })
    .example('$0 sample --out sample --scale 100', 'about 0.7 GB')
    .check((flags) => {
      assertFlag(Number.isSafeInteger(flags.seed), 'seed', 'a whole number')
      assertFlag(flags.scale > 0 && flags.scale <= 100_000, 'scale', 'above 0, at most 100000')
      return true
    })
}

async function runSample(flags: {
  out: string
  scale: number
  seed: number
  json: boolean
}): Promise<void> {
  const { makeSample } = await import('./sample.ts')
  const progress = createProgress((line) => console.error(line))
  const summary = await makeSample({ ...flags, progress })
  print(flags.json, summary, [`sample of ${summary.files.length} files: ${flags.out}`])
}

function print(json: boolean, document: object, lines: readonly string[]): void {
  console.log(json ? JSON.stringify(document, null, 2) : lines.join('\n'))
}

function assertFlag(isRight: boolean, name: string, wanted: string): void {
  if (!isRight) throw misuse(`--${name} must be ${wanted}`)
}

function misuse(message: string): PipelineError {
  return new PipelineError(`${message}; see 'pools --help'`, { exitCode: MISUSED })
}

function isWithin(value: number, least: number, most: number): boolean {
  return value >= least && value <= most
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1
}
