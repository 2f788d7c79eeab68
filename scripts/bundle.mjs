/**
 * Puts the compiled program and the libraries that it uses into few files: less to install, and reading files is most of
 * a start. The versions are those of the lock file. docs/decisions/0232 says what is bundled, and why.
 *
 *     dist/pipeline/run.js ──► dist/program/pipeline-run.js ──► dist/program/chunk-….js      the same for each entry
 *     dist/server/library.js ──► dist/library/server-library.js ──► hono, installed beside it
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'

const require = createRequire(import.meta.url)

/** Modules that bin/ and deploy/container/ import. */
export const ENTRIES = [
  'contract/printable.ts',
  'pipeline/cli.ts',
  'pipeline/completion/main.ts',
  'pipeline/run.ts',
  'server/complete.ts',
  'server/serve.ts',
]

/** Modules that other programs import. */
export const LIBRARIES = ['contract/library.ts', 'server/library.ts']

/** Folders of the bundles; what their files find beside the sources, they find from here, one step up. */
const [PROGRAM, LIBRARY] = ['program', 'library']
export const BUNDLES = [PROGRAM, LIBRARY]

/** `createApp` gives out an object of Hono: a program that embeds the server has only one copy of it. */
const NOT_IN_LIBRARY = ['hono', 'hono/*', '@hono/node-server']

/** What is never bundled: threads of Piscina start from a file, the rest is optional, and loaded when it is used. */
const INSTALLED = [
  'piscina',
  '@duckdb/*',
  '@aws-sdk/*',
  '@platformatic/*',
  '@smithy/*',
  'trino-client',
]

/** What `/docs` sends. */
const SWAGGER_FILES = [
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'favicon-32x32.png',
  'LICENSE',
  'NOTICE',
]

/** CommonJS libraries ask for Node's modules by `require`, which a module does not have. */
const REQUIRE =
  "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);"

/** Zod has its messages in fifty languages, 240 kB in all; only English ones are ever shown. */
const ENGLISH_ONLY = {
  name: 'english-only',
  setup: ({ onLoad }) => {
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js'",
    }))
  },
}

/**
 * yargs formats its help for every command, and asks for the width of each word of it. All are English: the tables of
 * emoji and wide characters would take a fifth of a start.
 */
const ONE_COLUMN = {
  name: 'one-column',
  setup: ({ onLoad }) => {
    onLoad({ filter: /node_modules\/string-width\/index\.js$/ }, () => ({
      contents: 'export default (text) => [...text].length',
    }))
  },
}

/**
 * Bundles the program, its workers and its libraries.
 *
 * @param root - The repository.
 * @param dist - Where the result goes.
 */
export async function bundleProgram(root, dist) {
  const inputs = [
    await bundle(root, {
      entries: [...ENTRIES, ...findWorkers(root)],
      outdir: join(dist, PROGRAM),
    }),
    await bundle(root, {
      entries: LIBRARIES,
      outdir: join(dist, LIBRARY),
      external: NOT_IN_LIBRARY,
    }),
  ].flatMap((metafile) => Object.keys(metafile.inputs))
  const licences = findPackages(inputs).map((path) => describeLicence(join(root, path)))
  writeFileSync(join(dist, PROGRAM, 'LICENSES.txt'), licences.join('\n\n'))
}

/** Lists the packages that are in the bundles, for the bill of materials. */
export async function listBundledPackages(root) {
  const metafile = await bundle(root, {
    entries: [...ENTRIES, ...findWorkers(root), ...LIBRARIES],
    outdir: join(root, 'dist', PROGRAM),
    write: false,
  })
  const paths = findPackages(Object.keys(metafile.inputs))
  return [...new Set(paths.map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)))]
}

/** Three of the 12 MB of the package: all that `/docs` sends, and the licence. */
export function copySwagger(target) {
  const source = dirname(require.resolve('swagger-ui-dist/package.json'))
  mkdirSync(target, { recursive: true })
  for (const name of SWAGGER_FILES) cpSync(join(source, name), join(target, name))
}

async function bundle(root, { entries, outdir, external = [], write = true }) {
  const { build } = await import('esbuild')
  const { metafile, outputFiles } = await build({
    entryPoints: Object.fromEntries(entries.map((path) => [fileNameOf(path), join(root, path)])),
    outdir,
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: [...INSTALLED, ...external],
    banner: { js: REQUIRE },
    plugins: [ENGLISH_ONLY, ONE_COLUMN, placesOf(root)],
    // Names stay, and lines are short: Node prints the one that an error is from.
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 120,
    legalComments: 'none',
    sourcemap: 'linked',
    metafile: true,
    write: false,
    logLevel: 'error',
  })
  assertInstalled(root, metafile)
  if (write) writeBundle(outdir, outputFiles, entries)
  return metafile
}

/** A module asks for what lies beside its source: SQL, styles, workers. In a bundle it lies elsewhere itself. */
function placesOf(root) {
  const setup = ({ onLoad }) => {
    onLoad({ filter: /\.tsx?$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      const own = relative(root, path).split(sep).join('/').replace(/tsx?$/, 'js')
      const place = `new URL('../${own}', import.meta.url).href`
      const contents = text.replaceAll('import.meta.url', place)
      if (/\bimport\.meta\.(?!url\b)/.test(text)) throw new Error(`use import.meta.url: ${path}`)
      return { contents, loader: path.endsWith('x') ? 'tsx' : 'ts' }
    })
  }
  return { name: 'places', setup }
}

/** Each entry has the path of its source, so that whoever starts it need not know of the bundle. */
function writeBundle(outdir, outputFiles, entries) {
  mkdirSync(outdir, { recursive: true })
  for (const { path, text } of outputFiles) {
    writeFileSync(path, path.endsWith('.map') ? withoutLibraries(text) : text)
  }
  for (const entry of entries) {
    const path = join(outdir, '..', entry.replace(/tsx?$/, 'js'))
    const to = relative(dirname(path), join(outdir, `${fileNameOf(entry)}.js`))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `export * from '${to.split(sep).join('/')}'\n`)
  }
}

/** The sources of libraries are theirs to publish. */
function withoutLibraries(text) {
  const map = JSON.parse(text)
  map.sourcesContent = map.sources.map((path, index) =>
    path.includes('node_modules/') ? null : map.sourcesContent[index],
  )
  return JSON.stringify(map)
}

/** What a thread starts with has a `.mjs` of the same name beside it, which registers tsx for the sources. */
function findWorkers(root) {
  return ['pipeline', 'server'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((name) => name.endsWith('.mjs'))
      .map((name) => `${folder}/${name.split(sep).join('/').replace(/mjs$/, 'ts')}`)
      .sort(),
  )
}

/** What is imported by name is installed beside the package, or comes with Node. */
function assertInstalled(root, { inputs }) {
  const path = join(root, 'package.json')
  const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(
    readFileSync(path, 'utf8'),
  )
  const installed = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })
  const isInstalled = (name) =>
    isBuiltin(name) ||
    name === '<runtime>' ||
    installed.some((one) => name === one || name.startsWith(`${one}/`))
  for (const [importer, { imports }] of Object.entries(inputs)) {
    const missing = imports.find((one) => one.external === true && !isInstalled(one.path))
    if (missing === undefined) continue
    throw new Error(`${missing.path} is imported by ${importer}: make it a dependency`)
  }
}

function fileNameOf(path) {
  return path.replaceAll('/', '-').replace(/\.tsx?$/, '')
}

/** The packages that the inputs are from. */
function findPackages(inputs) {
  const packages = inputs.flatMap(
    (input) => /^.*node_modules\/(?:@[^/]+\/)?[^/.][^/]*/.exec(input) ?? [],
  )
  return [...new Set(packages)].sort()
}

function describeLicence(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8')
  return `${name} ${version}, ${license}\n\n${text}`
}
