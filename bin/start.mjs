/**
 * Starts the program: checks Node's version, answers `--version` at once, compiles the sources of a checkout where they
 * are newer than dist/, and imports what the command needs. Plain JavaScript that old versions of Node can parse.
 */
import { existsSync, readFileSync } from 'node:fs'
import * as module from 'node:module'

const PACKAGE = new URL('../package.json', import.meta.url)
/** Only a checkout has it. */
const COMPILER = new URL('../scripts/compile.mjs', import.meta.url)
const OLDEST = [20, 19]

/**
 * @param name - What the user typed: `banner-pools`, or `pools` and `serve` in a checkout. It stands before messages.
 */
export async function start(name) {
  const { version, engines } = JSON.parse(readFileSync(PACKAGE, 'utf8'))
  if (isOldNode()) {
    console.error(`${name}: needs Node ${engines.node}, this is ${process.versions.node}`)
    process.exitCode = 1
    return
  }
  const [first] = process.argv.slice(2)
  if (first === '--version' || first === '-V') {
    printLine(version)
    return
  }
  // From Node 22.8 on: the next start reads compiled code.
  module.enableCompileCache?.()
  if (existsSync(COMPILER)) await compileSources(name)
  await runCommand(name)
}

/** Each program reads process.argv, from its third word on. */
async function runCommand(name) {
  const [first] = process.argv.slice(2)
  if (name === 'serve') return import('../dist/server/main.js')
  if (name === 'banner-pools' && (first === 'serve' || first === 'demo')) {
    process.argv.splice(2, 1)
    return first === 'serve' ? import('../dist/server/main.js') : import('./demo.mjs')
  }
  return import('../dist/pipeline/main.js')
}

/** A reader that has gone is no failure, a full disk is one. */
function printLine(line) {
  process.stdout.on('error', ({ code }) => {
    process.exitCode = code === 'EPIPE' ? 0 : 1
  })
  process.stdout.write(`${line}\n`)
}

function isOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
}

async function compileSources(name) {
  const { compile, isOutdated } = await import(COMPILER.href)
  if (!isOutdated()) return
  console.error(`${name}: compiling the sources, once`)
  await compile()
}
