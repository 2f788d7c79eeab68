import { PipelineError } from '../base/errors.ts'
import type { Progress } from '../base/progress.ts'

/** A flag or a positional argument, as the help shows it. */
export interface Option {
  readonly type: 'string' | 'number' | 'boolean'
  readonly describe: string
  readonly default?: string | number | boolean | readonly string[]
  /** What the help says of the default, where it depends on the machine. */
  readonly defaultDescription?: string
  readonly demandOption?: boolean
  /** May be given more than once. */
  readonly array?: boolean
  /** For completion: what it may be, or the builds of `--artifacts`. */
  readonly values?: readonly string[] | 'builds'
}

/** What a command came to: the same as a document for programs and as lines for people. */
export interface CommandResult {
  readonly document: object
  /** None has a line end in it. */
  readonly lines: readonly string[]
  /** The command did its work, and what it found means exit code 1. */
  readonly hasFailed?: boolean
}

/** What a command has of the world. */
export interface CommandContext {
  readonly progress: Progress
  readonly now: () => Date
  /** Variables of the process, for secrets: flags stand in the list of processes. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Prints a result at once, a document on one line: for a command that goes on. */
  readonly print: (result: CommandResult) => void
  /**
   * From then on the first SIGINT or SIGTERM aborts this, and the second ends the process. Also aborted when nobody reads
   * stdout any more.
   */
  readonly untilStopped: () => AbortSignal
}

/** A command of `pools`, without its command line. */
export interface Command<Flags> {
  /** Its name, and its positional arguments as the help writes them: `rollback [build]`. */
  readonly usage: string
  readonly describe: string
  readonly positionals?: Readonly<Record<string, Option>>
  readonly options: Readonly<Record<string, Option>>
  /** Command lines after `pools`, and what they do. */
  readonly examples: readonly (readonly [string, string])[]
  /** Throws with {@link assertFlag} if a flag has a value that makes no sense. */
  readonly check?: (flags: Flags) => void
  /** Gives null if all is printed already. */
  readonly run: (flags: Flags, context: CommandContext) => Promise<CommandResult | null>
}

/** Exit code of a command line that is wrong; the message then ends with a hint to the help. */
export const MISUSED = 2

/** Makes the error of a command line that is wrong. */
export function misuse(message: string): PipelineError {
  return new PipelineError(message, { exitCode: MISUSED })
}

/**
 * Makes sure that a flag has a value that makes sense.
 *
 * @throws {PipelineError} With exit code 2.
 */
export function assertFlag(isRight: boolean, name: string, wanted: string): void {
  if (!isRight) throw misuse(`--${name} must be ${wanted}`)
}

/** Tells whether a flag's number counts something. */
export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1
}
