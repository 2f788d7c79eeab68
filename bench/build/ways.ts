/** The ways from CSV files to pools that are measured side by side. */
import { execFileSync } from 'node:child_process'
import { cp, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { measure, measureScript, type Sample } from './measure.ts'
import { measureBuild } from './whole-build.ts'

/** A way, and up to which scale it is run. */
export interface Way {
  readonly name: string
  readonly maxScale: number
  /** Rounds at most, for ways that take minutes. */
  readonly maxRounds?: number
  /** @param folder - Empty, gone after the round. */
  readonly run: (input: string, folder: string) => Promise<Sample>
}

const MEMORY_LIMIT = '4GB'
const TARGET = new URL('target.ts', import.meta.url)

/** DuckDB and Node only: always there. */
export const OWN_WAYS: readonly Way[] = [
  ownWay('scan', 'scan'),
  ownWay('sha256', 'sha256'),
  { ...ownWay('plain', 'plain'), maxScale: 100 },
  buildWay('strict', MEMORY_LIMIT),
  { ...buildWay('strict, 1GB', '1GB'), maxRounds: 1 },
]

function ownWay(name: string, way: string): Way {
  return {
    name,
    maxScale: Number.POSITIVE_INFINITY,
    run: (input, folder) => measureScript(TARGET, [way, input, folder]),
  }
}

function buildWay(name: string, memoryLimit: string): Way {
  return {
    name,
    maxScale: Number.POSITIVE_INFINITY,
    run: (input, folder) => measureBuild(input, folder, memoryLimit),
  }
}

/** What one would pick instead, as far as it is on this machine. */
export function otherWays(python: string | null): Way[] {
  return [
    ...(hasPostgres() ? [postgresWay()] : []),
    ...(python === null
      ? []
      : [
          pythonWay('pandas', python, 100),
          pythonWay('polars', python, 1000),
          pythonWay('ClickHouse', python, 100),
        ]),
  ]
}

/** Twice the time of all the other ways together at 100 already. */
function postgresWay(): Way {
  const script = new URL('postgres-target.ts', import.meta.url)
  const run = (input: string) => measureScript(script, [input])
  return { name: 'PostgreSQL', maxScale: 100, maxRounds: 1, run }
}

function pythonWay(name: string, python: string, maxScale: number): Way {
  const script = new URL(`${name.toLowerCase()}_pools.py`, import.meta.url).pathname
  const run = async (input: string) => {
    const startMs = performance.now()
    const sample = await measure(python, ['-B', script, input])
    // As of the build, from the start of the process on.
    return { ...sample, wallMs: performance.now() - startMs }
  }
  return { name, maxScale, maxRounds: 3, run }
}

function hasPostgres(): boolean {
  try {
    execFileSync('pg_config', ['--bindir'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Makes a Python with pandas, polars and ClickHouse in a folder; null where PyPI or Python is not at hand. */
export function installPython(folder: string): string | null {
  const requirements = new URL('requirements.txt', import.meta.url).pathname
  try {
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'ignore' })
    const pip = ['install', '--quiet', '--requirement', requirements]
    execFileSync(join(folder, 'bin/pip'), pip, { stdio: 'ignore' })
    return join(folder, 'bin/python')
  } catch {
    return null
  }
}

/** The times of builds that find most of their files cached. */
export interface Incremental {
  readonly scratch: Sample
  /** One file of a hundred is new. */
  readonly oneNew: Sample
  /** No file is new. */
  readonly nothingNew: Sample
}

/**
 * Measures builds of an input of many files: from nothing, after one new file, and after none.
 *
 * @param files - Paths; the last one comes later than the others.
 */
export async function measureIncremental(
  input: string,
  files: readonly string[],
  folder: string,
): Promise<Incremental> {
  const strict = (out: string) => measureBuild(input, join(folder, out), MEMORY_LIMIT)
  const late = files.at(-1) ?? ''
  await mkdir(folder, { recursive: true })
  await rename(late, join(folder, 'late'))
  await strict('known')
  await rename(join(folder, 'late'), late)
  const scratch = await strict('scratch')
  await cp(join(folder, 'known'), join(folder, 'next'), { recursive: true, verbatimSymlinks: true })
  const oneNew = await strict('next')
  const nothingNew = await strict('next')
  await rm(folder, { recursive: true })
  return { scratch, oneNew, nothingNew }
}
