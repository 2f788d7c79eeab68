/** `node server/main.ts`: the server as a program of its own, from its sources. */
import { runServe } from './serve.ts'

await runServe(process.argv.slice(2), 'serve')
