/**
 * Memory and disk of a follower over time, under lines at a constant rate: they grow with the clicks that are counted,
 * and with nothing else. Full builds every minute, so that builds and changes are removed, too.
 *
 *     npx tsx bench/live/flat.ts [LINES_A_MINUTE] [MINUTES] [BUILD_EVERY_SECONDS]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { freePort } from '../../scripts/lib/ports.ts'
import { describeMachine } from '../document.ts'
import { appendRows, beginLogs } from './lines.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const [rate = 1_000_000, minutes = 20, buildEvery = 60] = process.argv.slice(2).map(Number)
const APPEND_MS = 100
const SAMPLES = 10

await withTemporaryFolder(async (folder) => {
  const [input, out] = [join(folder, 'in'), join(folder, 'out')]
  const world = { input, campaigns: 50, banners: 401 }
  await beginLogs(world)
  const port = await freePort()
  const flags = ['--input', input, '--out', out, '--ops-port', String(port)]
  const follower = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      'pipeline/main.ts',
      'follow',
      ...flags,
      '--build-every',
      String(buildEvery),
    ],
    { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] },
  )
  console.log(`${rate} lines a minute, a full build each ${buildEvery} s; ${describeMachine()}\n`)
  console.log(
    '| s | lines | memory, MB | of counts, MB | artifacts, MB | of saved counts, MB | change | waits, s |',
  )
  console.log('|---|---|---|---|---|---|---|---|')
  const startMs = performance.now()
  let written = 0
  for (let sample = 1; sample <= SAMPLES; sample += 1) {
    const untilMs = (sample / SAMPLES) * minutes * 60_000
    while (performance.now() - startMs < untilMs) {
      const due = Math.floor(((performance.now() - startMs) / 60_000) * rate) - written
      await appendRows(world, due, written)
      written += due
      await sleep(APPEND_MS)
    }
    const metrics = await fetch(`http://127.0.0.1:${port}/metrics`).then((answer) => answer.text())
    const metric = (name: string) =>
      Number(new RegExp(`^banner_pools_follow_${name} (.*)$`, 'm').exec(metrics)?.[1])
    const status = await readFile(`/proc/${follower.pid}/status`, 'utf8')
    const figures = [
      Math.round((performance.now() - startMs) / 1000),
      metric('lines_total'),
      Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1000),
      Math.round(metric('state_bytes') / 1e6),
      Math.round((await sumBytes(out)) / 1e6),
      Math.round((await sumBytes(join(out, 'stage'))) / 1e6),
      metric('change_number'),
      metric('unpublished_age_seconds'),
    ]
    console.log(`| ${figures.join(' | ')} |`)
  }
  follower.kill('SIGTERM')
  await once(follower, 'close')
})

/** Bytes of all files below a folder; links are not followed, a second name of a file counts once. */
async function sumBytes(folder: string, seen = new Set<number>()): Promise<number> {
  let sum = 0
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) sum += await sumBytes(path, seen)
    if (!entry.isFile()) continue
    const status = await lstat(path).catch(() => null)
    if (status === null || seen.has(status.ino)) continue
    seen.add(status.ino)
    sum += status.size
  }
  return sum
}
