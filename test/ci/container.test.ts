/** The steps of the Dockerfile in a clean folder, and what they give. Needs the npm registry, hence it is here. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { smallWorld } from '../helpers/builds.ts'
import { buildImage, type Image } from '../helpers/dockerfile.ts'
import { createFolder, removeFolder, writeFiles } from '../helpers/folders.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Of `node` in its image; another user than the one who owns the files. */
const USER = process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : {}

let folder = ''
let image: Image
beforeAll(async () => {
  folder = await createFolder()
  await chmod(folder, 0o755)
  await mkdir(join(folder, 'stages'))
  image = await buildImage(ROOT, join(folder, 'stages'))
  await mkdir(join(folder, 'data'), { mode: 0o777 })
  await chmod(join(folder, 'data'), 0o777)
  await writeFiles(join(folder, 'logs'), smallWorld())
})
afterAll(() => removeFolder(folder))

/** As the engine starts it: the image's environment and nothing else, and no folder to write but the volume. */
function settings(env: Record<string, string> = {}) {
  return {
    cwd: join(image.root, image.workdir),
    ...USER,
    env: {
      PATH: process.env.PATH,
      TMPDIR: join(folder, 'nowhere'),
      ...image.env,
      BANNER_POOLS_ARTIFACTS: join(folder, 'data/artifacts'),
      ...env,
    },
  }
}

function words(args: readonly string[]): [string, string[]] {
  const [program = '', ...rest] = [...image.entrypoint, ...args]
  return [program === 'node' ? process.execPath : program, rest]
}

const BUILD = () => [
  'pools',
  'build',
  '--input',
  join(folder, 'logs'),
  '--out',
  join(folder, 'data/artifacts'),
]

describe('the image', () => {
  it('runs as another user than root, and starts the server', () => {
    expect(image.user).toBe('1000')
    expect(image.command).toEqual(['serve'])
    expect(image.env).toMatchObject({ NODE_ENV: 'production', BANNER_POOLS_HOST: '0.0.0.0' })
  })

  it('holds what runs, and neither tests nor tools nor builds', async () => {
    const app = join(image.root, image.workdir)
    const packages = await readdir(join(app, 'node_modules'))

    expect((await readdir(app)).sort()).toEqual(
      [
        '.npmrc',
        'bin',
        'data',
        'deploy',
        'dist',
        'node_modules',
        'package-lock.json',
        'package.json',
      ].sort(),
    )
    expect(await readdir(join(app, 'deploy'))).toEqual(['container'])
    expect(packages).toContain('hono')
    expect(packages).toContain('@aws-sdk')
    for (const tool of ['tsx', 'vitest', 'typescript', 'playwright-core'])
      expect(packages).not.toContain(tool)
  })

  it('builds, serves, is healthy while it serves, and stops at SIGTERM', async () => {
    const run = promisify(execFile)
    const built = await run(...words(BUILD()), settings())
    expect(built.stdout).toContain('is current now')

    const env = {
      BANNER_POOLS_PORT: '0',
      BANNER_POOLS_OPS_PORT: '0',
      BANNER_POOLS_HOST: '127.0.0.1',
      BANNER_POOLS_WORKERS: '2',
    }
    const child = spawn(...words(image.command), {
      ...settings(env),
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const exit = once(child, 'exit')
    try {
      const [url, ops] = await addressesOf(child)
      const answer = await fetch(`${url}/campaigns/7`)
      const port = new URL(ops).port
      const [program = '', ...rest] = image.healthcheck
      const health = (opsPort: string) =>
        run(
          program === 'node' ? process.execPath : program,
          rest,
          settings({ BANNER_POOLS_OPS_PORT: opsPort }),
        )

      expect(answer.status).toBe(200)
      // Ready once both workers are; Docker asks again, too.
      await vi.waitFor(() => health(port), { timeout: 30_000, interval: 500 })
      await expect(health('1')).rejects.toMatchObject({ code: 1 })
    } finally {
      child.kill('SIGTERM')
    }
    expect(await exit).toEqual([0, null])
  })

  it('says what it is for', async () => {
    const running = promisify(execFile)(...words(['sh']), settings())

    await expect(running).rejects.toMatchObject({
      code: 2,
      stderr: 'name a command, serve or pools: sh\n',
    })
  })
})

/** Where a server says that it listens, and its operations. */
function addressesOf(child: ChildProcess): Promise<[string, string]> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stderr?.on('data', (chunk) => {
      text += chunk
      const url = /listening on (http:[\w.:/]+)/.exec(text)?.[1]
      const ops = /operations on (http:[\w.:/]+)/.exec(text)?.[1]
      if (url !== undefined && ops !== undefined) resolve([url, ops])
    })
    child.once('exit', () => reject(new Error(`the server ended: ${text}`)))
  })
}
