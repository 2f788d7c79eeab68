/** The first process of the container: `serve` and `pools`, each with its own flags. */
import { start } from '../../bin/start.mjs'

const MISUSED = 2

const [name, ...words] = process.argv.slice(2)

if (name === 'serve' || name === 'pools') {
  await start(name, words)
} else {
  const { printable } = await import('../../dist/contract/printable.js')
  console.error(`name a command, serve or pools: ${printable(name ?? 'none')}`)
  process.exitCode = MISUSED
}
