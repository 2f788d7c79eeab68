/** A receiver with all that it needs: the lock of its folder for its life, the client, and its store. */

import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeFolders } from '../../../contract/folders.ts'
import { listSegments } from '../../../contract/segments/recover.ts'
import { DiskFullError } from '../../../contract/segments/writer.ts'
import { explainLack, PipelineError, withFileErrors } from '../../base/errors.ts'
import { loadKafka } from '../../base/kafka.ts'
import { withLockWhenFree } from '../../publish/lock.ts'
import { createPacker } from './packer.ts'
import { writerOf } from './places.ts'
import { receiveInto } from './receiver.ts'
import type { ReceiveSettings } from './settings.ts'
import type { ReceiveStatus } from './status.ts'
import { openStore, RECEIVE_FOLDER, type Store } from './store.ts'

/** What a receiver has of the world. */
export interface ReceiveWorld {
  readonly stop: AbortSignal
  readonly now: () => Date
  readonly note: (line: string) => void
  readonly status: ReceiveStatus
}

/** Milliseconds before a disk that was full is tried again. */
const DISK_RETRY_MS = 5_000

/**
 * Receives into an input folder until it is stopped. While another receiver has the folder, it waits to take over; a full
 * disk is waited for, too.
 *
 * @throws {PipelineError} If lines are lost, a topic is missing, the brokers refuse us, or the folder cannot be written.
 */
export async function receive(settings: ReceiveSettings, world: ReceiveWorld): Promise<void> {
  const input = resolve(settings.input)
  const folder = join(input, RECEIVE_FOLDER)
  const { stop, note, status } = world
  const kafka = await loadKafka()
  await withFileErrors(`input folder cannot be written, see --input: ${input}`, () =>
    makeFolders(folder),
  )
  const onWait = (holder: number) => note(`process ${holder} receives here, waiting to take over`)
  await withLockWhenFree(folder, { stop, onWait }, async () => {
    status.isStandby = false
    const packer = createPacker(input, note)
    try {
      while (!stop.aborted) {
        const fault = await attempt(() =>
          withStore(input, async (store) => {
            packer.pack(await listClosed(input, store))
            note(`receiving into ${settings.input}`)
            status.diskFault = null
            const onClosed = (paths: readonly string[]) => packer.pack(paths)
            await receiveInto({
              ...world,
              settings: { ...settings, input },
              kafka,
              store,
              onClosed,
            })
          }),
        )
        if (fault === null) continue
        if (status.diskFault === null) note(`nothing is written: ${fault}`)
        status.diskFault = fault
        await sleep(DISK_RETRY_MS, undefined, { signal: stop }).catch(() => undefined)
      }
    } finally {
      await packer.stop()
    }
  })
}

async function withStore(input: string, fn: (store: Store) => Promise<void>): Promise<void> {
  const store = await openStore(input)
  try {
    await fn(store)
  } finally {
    await store.close()
  }
}

const DISK_FULL = ['ENOSPC', 'EDQUOT']

/** Gives a fault of the disk that may pass, in a line; throws all others. */
async function attempt(fn: () => Promise<void>): Promise<string | null> {
  try {
    await fn()
    return null
  } catch (thrown) {
    const error = thrown instanceof DiskFullError ? thrown.cause : thrown
    const explained = explainLack(error)
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (explained instanceof PipelineError && DISK_FULL.includes(code)) return explained.message
    throw explained
  }
}

/** Segments that a kill kept from being packed: no record names them, and they are not packed. */
async function listClosed(input: string, { record, isOpen }: Store): Promise<string[]> {
  const writers = new Set(Object.values(record.topics).map(({ id }) => writerOf(id)))
  const paths = await listSegments(input, ({ writer }) => writers.has(writer))
  return paths.filter((path) => path.endsWith('.csv') && !isOpen(path))
}
