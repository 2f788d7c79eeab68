/**
 * Compiles the sources of this repository into dist/: `node scripts/compile.mjs`. Plain JavaScript, since it has to run
 * before anything is compiled. The package that is installed holds dist/ and neither this script nor the sources.
 */
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DIST = join(ROOT, 'dist')
/** Holds the time of change of the newest source that was compiled, in milliseconds. */
const STAMP = join(DIST, '.compiled')

/** Folders with sources of the program; also what else changes the result. */
const SOURCES = ['contract', 'pipeline', 'server', 'sql']
const SETTINGS = [
  'package-lock.json',
  'package.json',
  'scripts/bundle.mjs',
  'scripts/compile.mjs',
  'tsconfig.build.json',
  'tsconfig.json',
]

/** Files that are not compiled, but read at run time. */
const ASSET = /\.(sql|csv|css)$|\.client\.js$/

/** Sources that do not compile; the compiler has said why. */
export class CompileError extends Error {
  name = 'CompileError'
}

/** Tells whether dist/ is missing, or was compiled from other sources than these. */
export function isOutdated() {
  try {
    return readFileSync(STAMP, 'utf8') !== String(newestSource())
  } catch {
    return true
  }
}

/** Compiles into a folder of its own, and moves the result into dist/ when all of it is there. */
export async function compile() {
  const newest = newestSource()
  const work = join(DIST, `.new-${process.pid}`)
  try {
    removeLeftovers()
    mkdirSync(work, { recursive: true })
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    const { status } = spawnSync(
      process.execPath,
      [tsc, '-p', 'tsconfig.build.json', '--outDir', work],
      { cwd: ROOT, stdio: ['ignore', 2, 2] },
    )
    if (status !== 0) throw new CompileError('the sources do not compile')
    for (const path of listFiles().filter((name) => ASSET.test(name))) {
      mkdirSync(join(work, dirname(path)), { recursive: true })
      cpSync(join(ROOT, path), join(work, path))
    }
    const { BUNDLES, bundleProgram, copySwagger, LIBRARIES } = await import('./bundle.mjs')
    removeDeclarations(work, LIBRARIES)
    copySwagger(join(work, 'server/api/swagger-ui'))
    await bundleProgram(ROOT, work)
    for (const folder of [...SOURCES, ...BUNDLES]) {
      replaceFolder(join(DIST, folder), join(work, folder))
    }
    writeFileSync(STAMP, String(newest))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Another process may compile, too: what it put there meanwhile is of the same sources. */
function replaceFolder(folder, by) {
  if (existsSync(folder)) renameSync(folder, `${by}.old`)
  try {
    renameSync(by, folder)
  } catch (error) {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  }
}

/** Of compilations that were killed. */
function removeLeftovers() {
  mkdirSync(DIST, { recursive: true })
  for (const name of readdirSync(DIST)) {
    const pid = /^\.new-(\d+)$/.exec(name)?.[1]
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(DIST, name), { recursive: true })
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Leaves the declarations that the libraries' lead to: all else cannot be imported. */
function removeDeclarations(folder, libraries) {
  const wanted = new Set(libraries.map((path) => path.replace(/\.ts$/, '.d.ts')))
  // Grows while it is read.
  for (const path of wanted) {
    const text = readFileSync(join(folder, path), 'utf8')
    for (const [, to] of text.matchAll(/from '(\.{1,2}\/[^']+)\.tsx?'/g)) {
      wanted.add(normalize(join(dirname(path), `${to}.d.ts`)))
    }
  }
  for (const path of listFiles(folder).filter((name) => name.endsWith('.d.ts'))) {
    if (!wanted.has(path)) rmSync(join(folder, path))
  }
}

function newestSource() {
  const times = [...listFiles(), ...SETTINGS].map((path) => statSync(`${ROOT}/${path}`).mtimeMs)
  return Math.max(...times)
}

/** At each start in a checkout: without `join` and `relative`, which take longer than the listing. */
function listFiles(root = ROOT, folders = SOURCES) {
  return folders.flatMap((folder) => {
    const entries = readdirSync(`${root}/${folder}`, { withFileTypes: true })
    const paths = (wanted) => wanted.map(({ name }) => `${folder}/${name}`)
    const inner = paths(entries.filter((entry) => entry.isDirectory()))
    return [...paths(entries.filter((entry) => entry.isFile())), ...listFiles(root, inner)]
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await compile().catch((error) => {
    if (!(error instanceof CompileError)) throw error
    process.exitCode = 1
  })
}
