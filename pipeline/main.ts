/** `node pipeline/main.ts`: the batch job as a program of its own, from its sources. */
import { runProgram } from './run.ts'

await runProgram(process.argv.slice(2), 'pools')
