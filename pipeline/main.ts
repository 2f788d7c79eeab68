/** The batch job as a process: the only file of the pipeline that knows argv, the console and exit codes. */
import { basename } from 'node:path'
import { guardStreams } from '../contract/streams.ts'
import { obeySignals } from './base/signals.ts'
import { runPools } from './cli.ts'

const FAILED = 1

const [, program = '', ...argv] = process.argv
// The package's program has the package's name, whatever its file is called.
const name = basename(program).startsWith('banner-pools') ? 'banner-pools' : 'pools'
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
