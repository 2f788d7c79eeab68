#!/usr/bin/env -S npx tsx
/** The only file of the pipeline that knows argv, the console and exit codes. */
import yargs, { type Argv } from 'yargs'
import { hideBin } from 'yargs/helpers'
import { printable, printableJson } from '../contract/printable.ts'
import { ArtifactError } from '../contract/read.ts'
import { PipelineError } from './base/errors.ts'
import { createProgress, type Progress } from './base/progress.ts'
import { suggestNames } from './base/suggest.ts'
import { createTerminalProgress } from './base/terminal-progress.ts'
import { BUILD } from './commands/build.ts'
import { CHECK } from './commands/check.ts'
import { type Command, type CommandResult, misuse } from './commands/command.ts'
import { DIFF } from './commands/diff.ts'
import { EXPLAIN } from './commands/explain.ts'
import { PLAN } from './commands/plan.ts'
import { ROLLBACK } from './commands/rollback.ts'
import { SAMPLE } from './commands/sample.ts'
import { SHELL } from './commands/shell.ts'
import { WATCH } from './commands/watch.ts'

const FAILED = 1
const JSON_INDENT = 2
const DEFAULT_COLUMNS = 80

// Each command knows its own flags; here they are what yargs makes of the command line.
// biome-ignore lint/suspicious/noExplicitAny: the flags of different commands have no type in common
const COMMANDS: readonly Command<any>[] = [
  ...[BUILD, WATCH, CHECK, DIFF, EXPLAIN, PLAN, ROLLBACK, SAMPLE, SHELL],
]

try {
  await createParser(hideBin(process.argv)).parseAsync()
} catch (error) {
  if (!(error instanceof PipelineError) && !(error instanceof ArtifactError)) throw error
  console.error(`pools: ${printable(error.message)}`)
  process.exitCode = error instanceof PipelineError ? error.exitCode : FAILED
}

function createParser(argv: readonly string[]): Argv {
  const parser = yargs(argv)
    .scriptName('pools')
    .locale('en')
    .usage('$0 <command>\n\nranks the banners of each campaign and publishes the pools')
    .demandCommand(1, 'name a command')
    .strict()
    .alias('help', 'h')
    .version(false)
    .wrap(100)
    .fail((message, error) => {
      const isUsage = error === null || error === undefined || error.name === 'YError'
      throw isUsage ? misuse(suggestNames(message ?? error?.message, argv, COMMANDS)) : error
    })
  for (const command of COMMANDS) addCommand(parser, command)
  return parser.completion('completion', 'print a script that completes commands and flags')
}

function addCommand<Flags>(parser: Argv, command: Command<Flags>): void {
  const { usage, describe, positionals = {}, options, examples } = command
  parser.command(
    usage,
    describe,
    (builder) => {
      for (const [name, option] of Object.entries(positionals)) builder.positional(name, option)
      for (const [name, option] of Object.entries(options)) {
        builder.option(name, { ...option, requiresArg: option.type !== 'boolean' })
      }
      builder.option('json', {
        type: 'boolean',
        default: false,
        describe: 'result as one JSON document',
      })
      for (const [line, meaning] of examples) builder.example(`$0 ${line}`, meaning)
      builder.check((flags) => {
        assertGivenOnce(flags, options)
        command.check?.(flags as unknown as Flags)
        return true
      })
    },
    (flags) => runCommand(command, flags as unknown as Flags & { json: boolean }),
  )
}

/** yargs makes a list of a flag that is given twice. */
function assertGivenOnce(flags: object, options: Command<unknown>['options']): void {
  for (const [name, value] of Object.entries(flags)) {
    if (name === '_' || options[name]?.array === true || !Array.isArray(value)) continue
    throw misuse(`--${name} is given twice`)
  }
}

async function runCommand<Flags>(
  command: Command<Flags>,
  flags: Flags & { json: boolean },
): Promise<void> {
  const progress = progressOn(process.stderr)
  const result = await command.run(flags, {
    progress,
    now: () => new Date(),
    environment: process.env,
    print: (part) => print(part, flags.json, 0),
    untilStopped,
  })
  if (result === null) return
  print(result, flags.json, JSON_INDENT)
  if (result.hasFailed === true) process.exitCode = FAILED
}

/** A terminal that cannot move its cursor is written to as a file is. */
function progressOn(stderr: NodeJS.WriteStream): Progress {
  if (!stderr.isTTY || process.env.TERM === 'dumb') {
    return createProgress((line) => console.error(line))
  }
  return createTerminalProgress({
    write: (text) => stderr.write(text),
    // Some terminals say that they have no width at all.
    columns: () => stderr.columns || DEFAULT_COLUMNS,
    // Heeds NO_COLOR, FORCE_COLOR and what the terminal says of itself.
    isColoured: stderr.hasColors(),
  })
}

function print({ document, lines }: CommandResult, json: boolean, indent: number): void {
  if (json) console.log(printableJson(JSON.stringify(document, null, indent)))
  else if (lines.length > 0) console.log(lines.map(printable).join('\n'))
}

function untilStopped(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => controller.abort())
  }
  return controller.signal
}
