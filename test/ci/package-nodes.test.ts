/** The installed package on every version of Node that is supported, from the npm registry, and on one that is too old. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createFolder, removeFolder } from '../helpers/folders.ts'
import {
  installNode,
  installPackage,
  listProcesses,
  outOfCheckout,
  packCheckout,
  runIn,
  startServing,
  stillAlive,
} from '../helpers/package.ts'

const VERSIONS = ['20.19.6', '22', '24', '26']
const TOO_OLD = '18'
const CHECKOUT = join(import.meta.dirname, '../..')
/** Milliseconds: 8 s are the server's own limit. */
const STOP_MS = 10_000
const SETUP_MS = 300_000

let work = ''
let home = ''
beforeAll(async () => {
  work = await createFolder()
  home = join(work, 'home')
  await installPackage(await packCheckout(work), home)
}, SETUP_MS)
afterAll(() => removeFolder(work))

const installed = new Map<string, Promise<string>>()

/** The environment of a version that comes before all others. */
async function envOf(version: string): Promise<NodeJS.ProcessEnv> {
  const installing = installed.get(version) ?? installNode(version, join(work, `node-${version}`))
  installed.set(version, installing)
  const folder = await installing
  return { ...process.env, PATH: `${folder}:${process.env.PATH}` }
}

describe('the installed package', () => {
  it.each(VERSIONS)(
    'builds and serves a sample on Node %s, and stops at SIGTERM',
    async (version) => {
      const env = await envOf(version)
      const node = await runIn(home, ['node', '--version'], env)
      const words = ['banner-pools', 'demo', version, '--port', '0', '--ops-port', 'off']

      const { child, url } = await startServing(outOfCheckout(home, words), { cwd: home, env })
      const answer = await fetch(`${url}/campaigns/12?dataset=1`).then((response) =>
        response.json(),
      )
      const processes = await listProcesses(child.pid ?? 0)
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended

      expect(node.stdout).toMatch(new RegExp(`^v${version.replaceAll('.', '\\.')}\\b`))
      expect(answer).toMatchObject({ campaign_id: 12, pool_size: 10 })
      await vi.waitFor(() => expect(stillAlive(processes)).toEqual([]), STOP_MS)
    },
  )

  it.each(VERSIONS)('unpacks each codec of Kafka on Node %s', async (version) => {
    const { PATH } = await envOf(version)
    const node = join(PATH?.split(':')[0] ?? '', 'node')
    const words = ['--import', 'tsx', 'test/helpers/unpack-batches.ts']

    const { stdout } = await promisify(execFile)(node, words, { cwd: CHECKOUT })

    expect(stdout).toBe('none 40\ngzip 40\nsnappy 40\nlz4 40\nzstd 40\n')
  })

  it('makes the same bytes on all of them', async () => {
    const { stdout } = await runIn(home, [
      'sh',
      '-c',
      'sha256sum */artifacts/current/pools.parquet | cut -d " " -f 1 | sort -u | wc -l',
    ])

    expect(stdout.trim()).toBe('1')
  })

  it('says in one line that a Node is too old', async () => {
    const env = await envOf(TOO_OLD)

    const { code, stdout, stderr } = await runIn(home, ['banner-pools', '--version'], env)

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^banner-pools: needs Node >=20\.19, this is 18\.[\d.]+\n$/)
  })
})
