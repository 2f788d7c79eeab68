/** `pools` in a terminal: a pseudo-terminal of `script`, which util-linux has; and completion in a real bash. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { makeSample } from '../../pipeline/sample/sample.ts'
import { createFolder, removeFolder } from '../helpers/folders.ts'
import { listProcesses, stillAlive } from '../helpers/package.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const POOLS = `"${process.execPath}" --import tsx pipeline/main.ts`

/** What a line that does not stay is taken away with. */
const CLEAR_LINE = '\r\u001b[2K'

const run = promisify(execFile)

/** Runs `pools` in a terminal, and gives all that was written to it. */
async function inTerminal(args: string, env: Record<string, string>): Promise<string> {
  const { stdout } = await run('script', ['-qec', `${POOLS} ${args}`, '/dev/null'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? '', TERM: 'xterm-256color', ...env },
    maxBuffer: 1 << 24,
  })
  return stdout
}

describe('pools in a terminal', () => {
  let folder = ''

  beforeAll(async () => {
    folder = await createFolder()
    // Large enough for the inspection to take longer than a step that shows no line.
    await makeSample({ out: join(folder, 'in'), scale: 40, seed: 0 })
  }, 120_000)
  afterAll(() => removeFolder(folder))

  function build(env: Record<string, string>): Promise<string> {
    const args = `build --input ${folder}/in --out ${folder}/out --force --threads 1`
    return inTerminal(args, env)
  }

  it('tells how far it is, and leaves the lines that stay', async () => {
    const text = await build({})

    const live = text.split(CLEAR_LINE).filter((part) => / left$/.test(part))
    expect(live[0]).toMatch(/^inspect files +\d+ % +[\d,]+ rows +[\d,]+ rows\/s +\d+ s left$/)
    expect(visible(text)).toMatch(/^inspect files +31,840,040 rows +[\d,]+ ms$/m)
    expect(visible(text)).not.toContain('s left')
    expect(text).toContain('\u001b[33mwarning:\u001b[39m')
  })

  it('has no colour with NO_COLOR, and moves no cursor in a dumb terminal', async () => {
    const [plain, dumb] = [await build({ NO_COLOR: '1' }), await build({ TERM: 'dumb' })]

    expect(plain).toContain('warning: clicked_banners_were_shown')
    expect(plain).not.toContain('\u001b[33m')
    expect(dumb).not.toContain('\u001b')
  })
})

describe('make serve in a terminal', () => {
  let folder = ''
  let out = ''
  beforeAll(async () => {
    folder = await createFolder()
    const input = join(folder, 'logs of today')
    out = join(folder, 'pools of today')
    await makeSample({ out: input, scale: 0.01, seed: 0 })
    await run('node', ['bin/pools.mjs', 'build', '--input', input, '--out', out], { cwd: ROOT })
  }, 120_000)
  afterAll(() => removeFolder(folder))

  it.each<[string, (make: Terminal) => void, number]>([
    ['Ctrl-C ends the server, and make with 0', ({ child }) => child.stdin?.write('\u0003'), 0],
    ['SIGTERM to make ends the server', ({ make }) => process.kill(make, 'SIGTERM'), 143],
  ])('%s', async (_, stop, code) => {
    const terminal = await serveInTerminal(out)
    const processes = await listProcesses(terminal.child.pid ?? 0)
    const ended = once(terminal.child, 'exit')

    stop(terminal)

    expect((await ended)[0]).toBe(code)
    await vi.waitFor(() => expect(stillAlive(processes)).toEqual([]), STOP_MS)
  })
})

/** Milliseconds: 8 s are the server's own limit. */
const STOP_MS = 20_000

interface Terminal {
  readonly child: ChildProcess
  /** The process of make. */
  readonly make: number
}

/** Runs `make serve` in a terminal until its last line, which says what to open. */
async function serveInTerminal(out: string): Promise<Terminal> {
  const flags = "PORT=0 SERVE_FLAGS='--ops-port off'"
  const line = `exec make serve OUT='${out}' ${flags}`
  const child = spawn('script', ['-qec', line, '/dev/null'], { cwd: ROOT })
  let text = ''
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      text += chunk
      if (/^serve: open .*http:/m.test(text)) resolve()
    })
    child.once('exit', () => reject(new Error(`it ended: ${text}`)))
  })
  const [, make = 0] = await listProcesses(child.pid ?? 0)
  return { child, make }
}

describe('the completion script', () => {
  it.each([
    ['pools bu', 'build builds'],
    ['pools diff --fail', '--fail-if-changed'],
    ['pools explain 12 --dataset = 3', '3'],
  ])('completes %j in bash', async (line, completed) => {
    const words = line.split(' ')
    const script = `
      pools() { node bin/pools.mjs "$@"; }
      eval "$(pools completion bash)"
      COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}
      _pools_complete
      echo "\${COMPREPLY[@]}"`

    const { stdout } = await run('bash', ['-c', script], { cwd: ROOT })

    expect(stdout).toBe(`${completed}\n`)
  })
})

/** What is to be seen in the end: the text behind the last clearing of each line. */
function visible(text: string): string {
  const lines = text.replaceAll('\r\n', '\n').split('\n')
  return lines.map((line) => line.split(CLEAR_LINE).at(-1)).join('\n')
}
