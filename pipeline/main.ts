/** The batch job as a process: the only file of the pipeline that knows argv, the console and exit codes. */
import { basename } from 'node:path'
import { runPools } from './cli.ts'

const [, program = '', ...argv] = process.argv

process.exitCode = await runPools({
  argv,
  // The package's program has the package's name, whatever its file is called.
  name: basename(program).startsWith('banner-pools') ? 'banner-pools' : 'pools',
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
})
