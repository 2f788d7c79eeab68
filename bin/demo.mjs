/** `banner-pools demo`: makes sample logs, builds their pools, and serves them. A second demo finds both there. */
import cluster from 'node:cluster'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

const HELP = `banner-pools demo [folder] [options of serve]

makes sample logs and their pools in a folder (banner-pools-demo), and serves them

  banner-pools demo                 on port 8080
  banner-pools demo try --port 9000 in the folder try`

/**
 * Runs the demo.
 *
 * @param words - A folder, perhaps, and flags of serve.
 */
export async function runDemo(words) {
  if (words.includes('--help') || words.includes('-h')) {
    console.log(HELP)
    return
  }
  const [first, ...rest] = words
  const hasFolder = first !== undefined && !first.startsWith('-')
  const folder = resolve(hasFolder ? first : 'banner-pools-demo')
  const input = join(folder, 'logs')
  const out = join(folder, 'artifacts')
  if (!existsSync(join(input, '4/conversions_4.csv'))) {
    if ((await runCommand('sample', '--out', input)) !== 0) return
  }
  if ((await runCommand('build', '--input', input, '--out', out)) !== 0) return
  const flags = ['--artifacts', out, ...(hasFolder ? rest : words)]
  // Other processes of the server are no demos.
  cluster.setupPrimary({ args: ['serve', ...flags] })
  const { runServe } = await import('../dist/server/serve.js')
  await runServe(flags, 'banner-pools serve')
}

/** Runs a command of the batch job in this process, and returns its exit code. */
async function runCommand(...words) {
  const { runPools } = await import('../dist/pipeline/cli.js')
  const { stdout, stderr, env: environment } = process
  process.exitCode = await runPools({
    argv: words,
    name: 'banner-pools',
    stdout,
    stderr,
    environment,
    untilStopped: () => new AbortController().signal,
  })
  return process.exitCode
}
