/** A PostgreSQL server for one run, in a folder that is thrown away, with the table of the design that was replaced. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { Client } from 'pg'
import type { KnownPools } from '../load/load-visitors.ts'

/** Where each client finds it. */
export function connectionTo(port: number) {
  return { host: '127.0.0.1', port, user: 'postgres', database: 'postgres' }
}

const START_ATTEMPTS = 100
const START_PAUSE_MS = 100

/**
 * Runs `fn` with a server on a free port of 127.0.0.1, and stops it afterwards.
 *
 * @param settings - As in postgresql.conf.
 */
export async function withPostgres(
  folder: string,
  fn: (port: number) => Promise<void>,
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const bin = execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim()
  const owner = await makeFolder(folder)
  const initdb = ['-D', folder, '-U', 'postgres', '--auth=trust', '--no-sync']
  execFileSync(join(bin, 'initdb'), initdb, { ...owner, stdio: 'ignore' })
  const port = await findFreePort()
  const own = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const flags = ['-D', folder, '-p', `${port}`, '-k', folder, '-h', '127.0.0.1', ...own]
  const server = spawn(join(bin, 'postgres'), flags, { ...owner, stdio: 'ignore' })
  const exit = once(server, 'exit')
  try {
    await untilReady(port)
    await fn(port)
  } finally {
    // Fast shutdown: https://www.postgresql.org/docs/15/server-shutdown.html
    server.kill('SIGINT')
    await exit
  }
}

/** Fills the table `top_banners` with the pools, with the index that a careful owner would add. */
export async function fillTopBanners(port: number, pools: KnownPools): Promise<void> {
  const client = new Client(connectionTo(port))
  await client.connect()
  await client.query(
    'create table top_banners (dataset smallint, campaign_id bigint, banner_id bigint)',
  )
  for (const [key, banners] of pools) {
    const [, dataset, campaign] = key.split('/')
    await client.query('insert into top_banners select $1, $2, unnest($3::bigint[])', [
      dataset,
      campaign,
      [...banners],
    ])
  }
  await client.query('create index on top_banners (dataset, campaign_id)')
  await client.query('vacuum analyze top_banners')
  await client.end()
}

/** PostgreSQL refuses to run as root: then it runs as the user that its package makes, who also has to reach the folder. */
async function makeFolder(folder: string): Promise<{ uid?: number; gid?: number }> {
  await mkdir(folder)
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  const owner = { uid: id('-u'), gid: id('-g') }
  for (const path of [dirname(folder), folder]) await chown(path, owner.uid, owner.gid)
  return owner
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function untilReady(port: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const client = new Client(connectionTo(port))
    try {
      await client.connect()
      return await client.end()
    } catch (error) {
      if (attempt === START_ATTEMPTS) throw error
      await new Promise((resolve) => setTimeout(resolve, START_PAUSE_MS))
    }
  }
}
