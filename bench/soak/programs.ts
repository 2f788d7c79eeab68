/** The programs of a soak: each is started again when it ends, as systemd does with `Restart=always`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const RESTART_MS = 1_000

/** An end of a program that nobody asked for. */
export interface UnexpectedEnd {
  readonly name: string
  readonly how: string
  /** What it said last. */
  readonly line: string
}

/** What a program is started with. */
export interface ProgramOptions {
  readonly name: string
  /** A file of bin/, and its words. */
  readonly words: readonly string[]
  /** Gets its log, `<name>.log`. */
  readonly folder: string
  readonly onEnd: (end: UnexpectedEnd) => void
}

/** A program that runs until it is stopped for good. */
export class Program {
  readonly #options: ProgramOptions
  #child: ChildProcess | undefined
  #isStopping = false
  /** A signal was sent on purpose. */
  #isAsked = false
  #running: Promise<void> = Promise.resolve()

  constructor(options: ProgramOptions) {
    this.#options = options
  }

  get pid(): number | undefined {
    return this.#child?.exitCode === null ? this.#child.pid : undefined
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Sends a signal that ends the present process; another one is started. */
  end(signal: NodeJS.Signals): void {
    this.#isAsked = true
    this.#child?.kill(signal)
  }

  /** Ends it for good. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#child?.kill('SIGTERM')
    await this.#running
  }

  async #run(): Promise<void> {
    const { name, words, folder, onEnd } = this.#options
    const path = join(folder, `${name}.log`)
    while (!this.#isStopping) {
      const log = openSync(path, 'a')
      this.#isAsked = false
      const child = spawn(process.execPath, words, {
        cwd: ROOT,
        stdio: ['ignore', 'ignore', log],
        env: process.env,
      })
      closeSync(log)
      this.#child = child
      const [code, signal] = await once(child, 'exit')
      if (this.#isStopping) return
      if (!this.#isAsked) onEnd({ name, how: signal ?? `exit ${code}`, line: await lastLine(path) })
      await sleep(RESTART_MS)
    }
  }
}

async function lastLine(path: string): Promise<string> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  return (lines.at(-1) ?? '').slice(0, 300)
}
