// Preloaded into a process that is measured: at its end it writes what it took into the file of USAGE_FILE.
import { writeFileSync } from 'node:fs'

process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  const usage = { peakMb: maxRSS / 1024, cpuMs: (userCPUTime + systemCPUTime) / 1000 }
  writeFileSync(process.env.USAGE_FILE, JSON.stringify(usage))
})
