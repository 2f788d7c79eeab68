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
const PARENT_CHECK_MS = 500

/**
 * @param name - What the user typed: `banner-pools`, or `pools` and `serve` in a checkout. It stands before messages.
 * @param argv - The words after it.
 */
export async function start(name, argv = process.argv.slice(2)) {
  const { version, engines } = JSON.parse(readFileSync(PACKAGE, 'utf8'))
  if (isOldNode()) {
    console.error(`${name}: needs Node ${engines.node}, this is ${process.versions.node}`)
    process.exitCode = 1
    return
  }
  const [first] = argv
  if (first === '--version' || first === '-V') {
    printLine(version, name)
    return
  }
  if (process.env.npm_command === 'exec' || process.env.END_WITH_PARENT) endWithParent()
  // From Node 22.8 on: the next start reads compiled code.
  module.enableCompileCache?.()
  if (existsSync(COMPILER) && !(await compileSources(name))) return
  await runCommand(name, argv)
}

/** npx and make pass a signal on to their shell alone, which leaves this process to nobody. */
function endWithParent() {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, PARENT_CHECK_MS)
  timer.unref()
}

async function runCommand(name, argv) {
  const [first, ...words] = argv
  if (first === '--complete') return complete(name, words)
  const isPackage = name === 'banner-pools'
  if (name === 'serve' || (isPackage && first === 'serve')) {
    const { runServe } = await import('../dist/server/serve.js')
    return runServe(isPackage ? words : argv, isPackage ? `${name} serve` : name)
  }
  if (isPackage && first === 'demo') {
    const { runDemo } = await import('./demo.mjs')
    return runDemo(words)
  }
  if (isPackage && first === 'live') {
    const { runLive } = await import('./live.mjs')
    return runLive(words)
  }
  const { runProgram } = await import('../dist/pipeline/run.js')
  return runProgram(argv, name)
}

/** At each Tab: only what completion needs is read. */
async function complete(name, words) {
  const isPackage = name === 'banner-pools'
  if (name === 'serve' || (isPackage && words[0] === 'serve' && words.length > 1)) {
    const { printCompletions } = await import('../dist/server/complete.js')
    return printCompletions(words)
  }
  const { printCompletions } = await import('../dist/pipeline/completion/main.js')
  printCompletions(words, isPackage ? ['serve', 'demo', 'live'] : [])
}

/** A reader that has gone is no failure, a full disk is one. */
function printLine(line, name) {
  process.stdout.on('error', ({ code }) => {
    if (code === 'EPIPE') return
    process.exitCode = 1
    console.error(
      `${name}: output cannot be written, free some space or write it elsewhere (${code}): stdout`,
    )
  })
  process.stdout.write(`${line}\n`)
}

function isOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
}

/** Tells whether there is a program to run. */
async function compileSources(name) {
  const { compile, CompileError, isOutdated } = await import(COMPILER.href)
  if (!isOutdated()) return true
  console.error(`${name}: compiling the sources, once`)
  try {
    await compile()
    return true
  } catch (error) {
    if (!(error instanceof CompileError)) throw error
    console.error(`${name}: ${error.message}`)
    process.exitCode = 1
    return false
  }
}
