/**
 * The lock of a folder that is collected into: one process a machine writes there.
 *
 *     held by a socket         of a name that no file system holds: it is gone with the process, however that ends
 *     beside it, a file        for processes that cannot see the socket, as in another container: it is renewed each second
 *
 * Who finds the file of a process that it could see by the socket, and does not, takes over at once; else when the file has
 * not changed for some seconds. An owner whose file is not its own any more, or gone, no longer has the lock.
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const LOCK_FILE = 'lock'
const BEAT_MS = 1_000
/** Four beats: the owner is gone, or its machine is. */
const SILENT_MS = 4 * BEAT_MS

/** A lock that is held. */
export interface FolderLock {
  /** Whether its file was this process' own at the last beat. */
  readonly isHeld: () => boolean
  readonly release: () => Promise<void>
}

/** Who has the lock, as its file says. */
interface Holder {
  readonly run: string
  readonly pid: number
  readonly space: string
  readonly at: number
}

/**
 * Takes the lock, if nobody has it.
 *
 * @param folder - Exists.
 * @param run - Names the holder, as no other process is named.
 * @returns The holder's process id if somebody has it.
 * @throws {NodeJS.ErrnoException} If the folder cannot be written.
 */
export async function takeLock(folder: string, run: string): Promise<FolderLock | number> {
  const path = join(folder, LOCK_FILE)
  const socket = await openSocket(folder)
  const before = await readHolder(path)
  if (socket === null) return before?.pid ?? 0
  if (before !== null && before.space !== findSpace() && !(await isSilent(path))) {
    await closeSocket(socket)
    return before.pid
  }
  const own = { run, pid: process.pid, space: findSpace(), at: 0 }
  await writeHolder(path, own).catch(async (error) => {
    await closeSocket(socket)
    throw error
  })
  let isHeld = true
  const beat = setInterval(async () => {
    // Another one has taken over, or the folder is gone: nothing is written there any more.
    isHeld &&= (await readHolder(path))?.run === run
    if (isHeld) await writeHolder(path, own).catch(() => {})
  }, BEAT_MS)
  beat.unref()
  return {
    isHeld: () => isHeld,
    release: async () => {
      clearInterval(beat)
      if ((await readHolder(path))?.run === run) await rm(path, { force: true }).catch(() => {})
      await closeSocket(socket)
    },
  }
}

/** Null: another process of this machine has it. */
async function openSocket(folder: string): Promise<Server | null> {
  const { dev, ino } = await stat(folder)
  const name = `banner-pools-collect-${dev}-${ino}`
  // Only Linux has names outside the file system; a socket file of a process that was killed stays, and is replaced.
  if (process.platform === 'linux') return listen(`\0${name}`)
  const path = join(tmpdir(), `${name}.sock`)
  const server = await listen(path)
  if (server !== null || (await isAnswered(path))) return server
  await rm(path, { force: true })
  return listen(path)
}

/** Null: the name is taken. */
function listen(path: string): Promise<Server | null> {
  const server = createServer((socket) => socket.destroy())
  server.unref()
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null)
      else reject(error)
    })
    server.listen({ path, exclusive: true }, () => resolve(server))
  })
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function closeSocket(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}

/** Where the socket can be seen: the machine since its start, and the network namespace in it. */
function findSpace(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/net')}`
  } catch {
    return hostname()
  }
}

async function readHolder(path: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder
  } catch {
    return null
  }
}

async function writeHolder(path: string, holder: Holder): Promise<void> {
  const hidden = `${path}.${holder.run}`
  await writeFile(hidden, `${JSON.stringify({ ...holder, at: Date.now() })}\n`)
  await rename(hidden, path)
}

/** Whether nobody renews the file. */
async function isSilent(path: string): Promise<boolean> {
  const before = await readFile(path, 'utf8').catch(() => '')
  await sleep(SILENT_MS)
  return (await readFile(path, 'utf8').catch(() => '')) === before
}
