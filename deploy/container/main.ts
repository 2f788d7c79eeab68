/** The first process of the container: `serve` and `pools`, each with its own flags. */
import { printable } from '../../contract/printable.ts'

const COMMANDS = {
  serve: () => import('../../server/main.ts'),
  pools: () => import('../../pipeline/main.ts'),
} as const

const MISUSED = 2

const [name] = process.argv.splice(2, 1)

if (name === 'serve' || name === 'pools') {
  await COMMANDS[name]()
} else {
  console.error(`name a command, serve or pools: ${printable(name ?? 'none')}`)
  process.exitCode = MISUSED
}
