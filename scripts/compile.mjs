/**
 * Compiles the sources of this repository into dist/: `node scripts/compile.mjs`. Plain JavaScript, since it has to run
 * before anything is compiled. The package that is installed holds dist/ and neither this script nor the sources.
 */
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DIST = join(ROOT, 'dist')
/** Holds the time of change of the newest source that was compiled, in milliseconds. */
const STAMP = join(DIST, '.compiled')

/** Folders with sources of the program; also what else changes the result. */
const SOURCES = ['contract', 'pipeline', 'server', 'sql']
const SETTINGS = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/compile.mjs']

/** What `/docs` sends. */
const SWAGGER_FILES = [
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'favicon-32x32.png',
  'LICENSE',
  'NOTICE',
]

/** Files that are not compiled, but read at run time. */
const ASSET = /\.(sql|csv|css)$|\.client\.js$/

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
    mkdirSync(work, { recursive: true })
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', work], {
      cwd: ROOT,
      stdio: ['ignore', 2, 2],
    })
    for (const path of listFiles().filter((name) => ASSET.test(name))) {
      mkdirSync(join(work, dirname(path)), { recursive: true })
      cpSync(join(ROOT, path), join(work, path))
    }
    copySwagger(join(work, 'server/api/swagger-ui'))
    await bundleCharts(join(work, 'pipeline/report/plot.js'))
    for (const folder of SOURCES) {
      rmSync(join(DIST, folder), { recursive: true, force: true })
      renameSync(join(work, folder), join(DIST, folder))
    }
    writeFileSync(STAMP, String(newest))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Three of the 12 MB of the package: all that `/docs` sends, and the licence. */
function copySwagger(target) {
  const source = dirname(require.resolve('swagger-ui-dist/package.json'))
  mkdirSync(target, { recursive: true })
  for (const name of SWAGGER_FILES) cpSync(join(source, name), join(target, name))
}

/** The library of the charts in one file: 60 packages less to install, and a faster start of the report. */
async function bundleCharts(path) {
  const { buildSync } = await import('esbuild')
  const { metafile } = buildSync({
    entryPoints: [path],
    outfile: path,
    allowOverwrite: true,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minify: true,
    metafile: true,
    logLevel: 'error',
  })
  writeFileSync(
    join(dirname(path), 'plot.LICENSES.txt'),
    findLicences(Object.keys(metafile.inputs)),
  )
}

/** The licences of the packages that the inputs are from. */
function findLicences(inputs) {
  const packages = inputs.flatMap(
    (input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? [],
  )
  return [...new Set(packages)].sort().map(describeLicence).join('\n\n')
}

function describeLicence(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8')
  return `${name} ${version}, ${license}\n\n${text}`
}

function newestSource() {
  const times = [...listFiles(), ...SETTINGS].map((path) => statSync(join(ROOT, path)).mtimeMs)
  return Math.max(...times)
}

function listFiles() {
  return SOURCES.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length)),
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await compile()
