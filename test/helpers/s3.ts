/** A real S3 server on this machine, which checks signatures; `.ci/run` installs it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { freePort } from '../../scripts/lib/ports.ts'
import { createFolder, removeFolder } from './folders.ts'

/** A server with one empty bucket named `bucket`. */
export interface S3Server {
  /** What a process needs to reach it. */
  readonly env: Readonly<Record<string, string>>
  readonly client: S3Client
  readonly put: (key: string, body: string | Uint8Array) => Promise<void>
  /** Puts all files below a folder. */
  readonly putFolder: (prefix: string, folder: string) => Promise<void>
  readonly keys: () => Promise<string[]>
  /** Ends the server; it keeps what it has. */
  readonly leave: () => Promise<void>
  /** Starts it once more, at the same address. */
  readonly comeBack: () => Promise<void>
  readonly stop: () => Promise<void>
}

const KEYS = { AWS_ACCESS_KEY_ID: 'tester', AWS_SECRET_ACCESS_KEY: 'testers-secret' }
const START_MS = 10_000

/** Starts a server. */
export async function startS3(): Promise<S3Server> {
  const folder = await createFolder()
  await mkdir(join(folder, 'data'))
  const port = await freePort()
  const args = ['--port', `127.0.0.1:${port}`, 'posix', join(folder, 'data')]
  const endpoint = `http://127.0.0.1:${port}`
  let child = await startProcess(args, endpoint)
  const env = { ...KEYS, AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL_S3: endpoint }
  const credentials = {
    accessKeyId: KEYS.AWS_ACCESS_KEY_ID,
    secretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY,
  }
  const client = new S3Client({ endpoint, forcePathStyle: true, region: 'us-east-1', credentials })
  await client.send(new CreateBucketCommand({ Bucket: 'bucket' }))
  const put = async (Key: string, Body: string | Uint8Array) => {
    await client.send(new PutObjectCommand({ Bucket: 'bucket', Key, Body }))
  }
  return {
    env,
    client,
    put,
    putFolder: async (prefix, source) => {
      for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue
        const path = join(entry.parentPath, entry.name)
        await put(`${prefix}/${relative(source, path)}`, await readFile(path))
      }
    },
    keys: async () => {
      const listed = await client.send(new ListObjectsV2Command({ Bucket: 'bucket' }))
      return (listed.Contents ?? []).map(({ Key = '' }) => Key).sort()
    },
    leave: () => endProcess(child),
    comeBack: async () => {
      child = await startProcess(args, endpoint)
    },
    stop: async () => {
      client.destroy()
      await endProcess(child)
      await removeFolder(folder)
    },
  }
}

async function startProcess(args: readonly string[], endpoint: string): Promise<ChildProcess> {
  const child = spawn(process.env.VERSITYGW ?? 'versitygw', args, {
    stdio: 'ignore',
    env: {
      PATH: process.env.PATH,
      ROOT_ACCESS_KEY: KEYS.AWS_ACCESS_KEY_ID,
      ROOT_SECRET_KEY: KEYS.AWS_SECRET_ACCESS_KEY,
    },
  })
  const failed = once(child, 'error').then(([error]) => {
    throw new Error(`versitygw does not start, see .ci/run: ${error.message}`)
  })
  failed.catch(() => {})
  await Promise.race([failed, answering(endpoint)])
  return child
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

async function answering(endpoint: string): Promise<void> {
  const endMs = Date.now() + START_MS
  while (Date.now() < endMs) {
    const answer = await fetch(endpoint).catch(() => undefined)
    if (answer !== undefined) return
    await sleep(50)
  }
  throw new Error(`versitygw does not answer: ${endpoint}`)
}
