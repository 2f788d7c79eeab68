/** Loaded before a program (`node --import`): writes what its process took into the file that `USAGE_FILE` names. */
import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const MS = 1000
const MB = 1024

if (isMainThread) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
    const usage = { cpuMs: (userCPUTime + systemCPUTime) / MS, peakMb: maxRSS / MB }
    writeFileSync(process.env.USAGE_FILE, JSON.stringify(usage))
  })
}
