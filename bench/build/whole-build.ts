/** `pools build` as its user runs it: the compiled program, a process from its start to its end. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { readRows, withDatabase } from '../../pipeline/base/database.ts'
import type { Sample, Step } from './measure.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/pools.mjs', import.meta.url))
const USAGE = new URL('usage.mjs', import.meta.url).href

/** How often the size of what is spilled is looked at. */
const LOOK_MS = 50

/** `stg_clicks          12,480 rows      84 ms` */
const STEP_LINE = /^(\S.*?) {2,}(?:[\d,]+ rows +)?([\d,]+) ms$/

/** For a look at what was built. */
const LIMITS = { threads: 1, memoryLimit: '1GB' }

/** Compiles the sources, if they are newer than the program. */
export async function compileProgram(): Promise<void> {
  await promisify(execFile)(process.execPath, [PROGRAM, '--help'])
}

/**
 * Builds and measures.
 *
 * @param out - Artifacts folder; what it holds is used.
 */
export async function measureBuild(
  input: string,
  out: string,
  memoryLimit: string,
): Promise<Sample> {
  const usageFile = `${out}.usage.json`
  const flags = ['build', '--input', input, '--out', out, '--memory-limit', memoryLimit]
  let spillBytes = 0
  const looking = setInterval(() => {
    spillBytes = Math.max(spillBytes, sizeOf(join(out, '.work', 'spill')))
  }, LOOK_MS)
  const startMs = performance.now()
  const { stderr } = await promisify(execFile)(
    process.execPath,
    ['--import', USAGE, PROGRAM, ...flags],
    { env: { ...process.env, USAGE_FILE: usageFile } },
  )
  const wallMs = performance.now() - startMs
  clearInterval(looking)
  const usage = JSON.parse(await readFile(usageFile, 'utf8')) as { cpuMs: number; peakMb: number }
  await rm(usageFile)
  const steps = stderr.split('\n').flatMap(parseStep)
  return { wallMs, ...usage, spillMb: spillBytes / 1e6, steps, pools: await hashPools(out) }
}

function parseStep(line: string): Step[] {
  const [, name = '', ms = ''] = STEP_LINE.exec(line) ?? []
  return name === '' ? [] : [{ name, wallMs: Number(ms.replaceAll(',', '')) }]
}

/** As the other ways hash theirs. */
function hashPools(out: string): Promise<string> {
  return withDatabase(':memory:', LIMITS, async (connection) => {
    const rows = await readRows<{ line: string }>(
      connection,
      `select concat_ws(',', dataset, campaign_id, rank, banner_id) as line
       from read_parquet($path) order by dataset, campaign_id, rank`,
      { path: join(out, 'pools.parquet') },
    )
    const text = rows.map(({ line }) => `${line}\n`).join('')
    return createHash('sha256').update(text).digest('hex')
  })
}

/** Of the files in a folder, in bytes; 0 while it is not there. */
function sizeOf(folder: string): number {
  try {
    return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  } catch {
    return 0
  }
}
