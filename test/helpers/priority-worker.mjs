// Tells the priorities of its thread and of its process, before and after stepping behind requests.
import { readlinkSync } from 'node:fs'
import { getPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { register } from 'tsx/esm/api'

register()

const { stepBehindRequests } = await import('../../server/base/thread-priority.ts')
const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
const look = () => ({ thread: getPriority(thread), process: getPriority(process.pid) })
const before = look()
stepBehindRequests()
parentPort?.postMessage({ before, after: look() })
