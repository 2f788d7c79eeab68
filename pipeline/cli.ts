/** The command line of the batch job: from words to a command, from its result to lines and an exit code. */
import yargs, { type Argv } from 'yargs'
import { printable, printableJson } from '../contract/printable.ts'
import { ArtifactError } from '../contract/read.ts'
import { PROGRAM_VERSION } from '../contract/version.ts'
import { explainLack, PipelineError } from './base/errors.ts'
import { explainMissingPackage } from './base/missing-package.ts'
import { createProgress, type Progress } from './base/progress.ts'
import { createTerminalProgress } from './base/terminal-progress.ts'
import { COMMANDS } from './commands/all.ts'
import {
  type Command,
  type CommandContext,
  type CommandResult,
  MISUSED,
  misuse,
} from './commands/command.ts'
import { suggestNames } from './commands/suggest.ts'
import { SHELLS, type Shell, writeScript } from './completion/script.ts'

const FAILED = 1
const JSON_INDENT = 2
const DEFAULT_COLUMNS = 80

/** Programs that are no command of the pipeline: bin/start.mjs runs them, and the help of the package lists them. */
const OTHER_PROGRAMS = [
  ['serve', 'serve the published pools; see serve --help'],
  ['demo [folder]', 'make sample logs, build their pools and serve them'],
  ['live [folder]', 'sample logs that grow, a follower and a server, in one command'],
] as const
const PACKAGE_PROGRAM = 'banner-pools'

/** A stream that a command writes to: those of the process, or a test's. */
interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  /** Of a terminal; some say that they have no width at all. */
  readonly columns?: number
  hasColors?(): boolean
}

/** A command line, and what it may touch. */
export interface Invocation {
  /** The words after the program's name. */
  readonly argv: readonly string[]
  /** What the user typed as the program's name, for messages and the help. */
  readonly name: string
  readonly stdout: Output
  readonly stderr: Output
  readonly environment: CommandContext['environment']
  /** See {@link CommandContext.untilStopped}. */
  readonly untilStopped: CommandContext['untilStopped']
}

/**
 * Runs one command: its results go to stdout, progress and messages to stderr.
 *
 * @returns The exit code: 0 done, 1 failed, 2 misused.
 * @throws {Error} If it meets a bug.
 */
export async function runPools(invocation: Invocation): Promise<number> {
  const { argv, name, stdout, stderr } = invocation
  const outcome = { hasFailed: false }
  try {
    await createParser(invocation, outcome).parseAsync([...argv], {}, (_error, _flags, output) => {
      if (output !== '') stdout.write(`${output}\n`)
    })
    return outcome.hasFailed ? FAILED : 0
  } catch (thrown) {
    const error = explainLack(explainMissingPackage(thrown))
    if (!(error instanceof PipelineError) && !(error instanceof ArtifactError)) throw error
    const exitCode = error instanceof PipelineError ? error.exitCode : FAILED
    const hint = exitCode === MISUSED ? `; see '${name} --help'` : ''
    stderr.write(`${name}: ${printable(error.message)}${hint}\n`)
    return exitCode
  }
}

function createParser(invocation: Invocation, outcome: { hasFailed: boolean }): Argv {
  const { argv, name } = invocation
  const others = name === PACKAGE_PROGRAM ? OTHER_PROGRAMS : []
  const known = [
    ...COMMANDS,
    ...[...others, ['completion']].map(([usage = '']) => ({ usage, options: {} })),
  ]
  const parser = yargs()
    .scriptName(name)
    .exitProcess(false)
    .locale('en')
    .usage('$0 <command>\n\nranks the banners of each campaign and publishes the pools')
    .demandCommand(1, 'name a command')
    .strict()
    .alias('help', 'h')
    .version('version', 'print the version', PROGRAM_VERSION)
    .alias('version', 'V')
    .wrap(100)
    .fail((message, error) => {
      const isUsage = error === null || error === undefined || error.name === 'YError'
      throw isUsage ? misuse(suggestNames(message ?? error?.message, argv, known)) : error
    })
  for (const command of COMMANDS) {
    addCommand(parser, command, async (flags) => {
      const hasFailed = await runCommand(command, flags, invocation)
      outcome.hasFailed = hasFailed
    })
  }
  for (const [usage, describe] of others) parser.command(usage, describe)
  return addCompletion(parser, invocation)
}

/** The shell is the user's own, where none is named. */
function addCompletion(parser: Argv, { name, stdout, environment }: Invocation): Argv {
  const own: Shell = environment.SHELL?.endsWith('zsh') ? 'zsh' : 'bash'
  return parser.command(
    'completion [shell]',
    'print a script that completes commands, flags and build ids',
    (builder) => builder.positional('shell', { choices: SHELLS, default: own }),
    ({ shell }) => {
      stdout.write(`${writeScript(shell, name)}\n`)
    },
  )
}

function addCommand<Flags>(
  parser: Argv,
  command: Command<Flags>,
  run: (flags: Flags & { json: boolean }) => Promise<void>,
): void {
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
    (flags) => run(flags as unknown as Flags & { json: boolean }),
  )
}

/** yargs makes a list of a flag that is given twice. */
function assertGivenOnce(flags: object, options: Command<unknown>['options']): void {
  for (const [name, value] of Object.entries(flags)) {
    if (name === '_' || options[name]?.array === true || !Array.isArray(value)) continue
    throw misuse(`--${name} is given twice`)
  }
}

/** Tells whether what the command found means exit code 1. */
async function runCommand<Flags>(
  command: Command<Flags>,
  flags: Flags & { json: boolean },
  { stdout, stderr, environment, untilStopped }: Invocation,
): Promise<boolean> {
  const print = (result: CommandResult, indent: number) => {
    const text = formatResult(result, flags.json, indent)
    if (text !== '') stdout.write(`${text}\n`)
  }
  const result = await command.run(flags, {
    progress: createProgressOn(stderr),
    now: () => new Date(),
    environment,
    print: (part) => print(part, 0),
    untilStopped,
  })
  if (result === null) return false
  print(result, JSON_INDENT)
  return result.hasFailed === true
}

/** A terminal that cannot move its cursor is written to as a file is. */
function createProgressOn(stderr: Output): Progress {
  if (stderr.isTTY !== true || process.env.TERM === 'dumb') {
    return createProgress((line) => stderr.write(`${line}\n`))
  }
  return createTerminalProgress({
    write: (text) => stderr.write(text),
    columns: () => stderr.columns || DEFAULT_COLUMNS,
    // Heeds NO_COLOR, FORCE_COLOR and what the terminal says of itself.
    isColoured: stderr.hasColors?.() ?? false,
  })
}

function formatResult({ document, lines }: CommandResult, json: boolean, indent: number): string {
  if (json) return printableJson(JSON.stringify(document, null, indent))
  return lines.map(printable).join('\n')
}
