/** The batch job as a process: the only file of the pipeline that knows the console, signals and exit codes. */
import { guardStreams } from '../contract/streams.ts'
import { obeySignals } from './base/signals.ts'
import { runPools } from './cli.ts'

const FAILED = 1

/**
 * Runs one command and sets the exit code of the process.
 *
 * @param argv - The words after the program's name.
 * @param name - What the user typed as the program's name, for messages.
 */
export async function runProgram(argv: readonly string[], name: string): Promise<void> {
  const report = (line: string) => process.stderr.write(`${name}: ${line}\n`)
  const guard = guardStreams(process, report)
  const untilStopped = obeySignals(process, report)
  // A write may fail after the last line of the program.
  process.once('exit', () => {
    if (guard.hasLostOutput()) process.exitCode = FAILED
  })
  process.exitCode = await runPools({
    argv,
    name,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    untilStopped: () => AbortSignal.any([untilStopped(), guard.readerGone]),
  })
}
