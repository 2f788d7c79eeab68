/**
 * Puts libraries into the compiled program, each in one file with what is used of it: less to install, fewer files to
 * read at the start. The versions are those of the lock file. docs/decisions/0231 says which, and why.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'

const require = createRequire(import.meta.url)

/** What is bundled. All else that the program imports is installed beside it. */
export const LIBRARIES = [
  '@hono/zod-openapi',
  '@observablehq/plot',
  'cephes',
  'fzstd',
  'linkedom/worker',
  'pino',
  'prom-client',
  'yargs',
  'zod',
]

const FOLDER = 'vendor'

/** What `/docs` sends. */
const SWAGGER_FILES = [
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'favicon-32x32.png',
  'LICENSE',
  'NOTICE',
]

/** Zod has its messages in fifty languages, 240 kB in all; only English ones are ever shown. */
const ENGLISH_ONLY = {
  name: 'english-only',
  setup: ({ onLoad }) => {
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js'",
    }))
  },
}

/** CommonJS libraries ask for Node's modules by `require`, which a module does not have. */
const REQUIRE =
  "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);"

/**
 * Bundles the libraries of a compiled program, and makes its imports lead to them.
 *
 * @param root - The repository.
 * @param dist - The compiled program.
 */
export async function bundleLibraries(root, dist) {
  const files = listModules(dist)
  const texts = new Map(files.map((path) => [path, readFileSync(path, 'utf8')]))
  const names = findNames([...texts.values()])
  const inputs = await bundle(root, join(dist, FOLDER), names)
  for (const [path, text] of texts) {
    const changed = text.replaceAll(importOf(LIBRARIES), (whole, _, library) =>
      whole.replace(`'${library}'`, `'${pathTo(path, join(dist, FOLDER), library)}'`),
    )
    if (changed !== text) writeFileSync(path, changed)
  }
  await assertInstalled(root, dist)
  const licences = join(dist, FOLDER, 'LICENSES.txt')
  writeFileSync(licences, findLicences(root, inputs))
}

/** Three of the 12 MB of the package: all that `/docs` sends, and the licence. */
export function copySwagger(target) {
  const source = dirname(require.resolve('swagger-ui-dist/package.json'))
  mkdirSync(target, { recursive: true })
  for (const name of SWAGGER_FILES) cpSync(join(source, name), join(target, name))
}

/** What is imported by name is installed beside the package, or comes with Node. */
async function assertInstalled(root, dist) {
  const path = join(root, 'package.json')
  const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(
    readFileSync(path, 'utf8'),
  )
  const installed = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })
  const isInstalled = (name) =>
    isBuiltin(name) || installed.some((one) => name === one || name.startsWith(`${one}/`))
  for (const [importer, name] of await listExternalImports(dist)) {
    if (isInstalled(name)) continue
    throw new Error(
      `${name} is imported by ${importer}: make it a dependency, or add it to LIBRARIES in scripts/bundle.mjs`,
    )
  }
}

/** The function has a bundle of its own. */
async function listExternalImports(dist) {
  const { build } = await import('esbuild')
  const { metafile } = await build({
    entryPoints: listModules(dist).filter((path) => !path.includes(`${sep}lambda${sep}`)),
    absWorkingDir: dist,
    outdir: dist,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    metafile: true,
    write: false,
    logLevel: 'error',
  })
  return Object.entries(metafile.inputs).flatMap(([importer, { imports }]) =>
    imports.filter(({ external }) => external).map((one) => [importer, one.path]),
  )
}

/** `import a, { b } from 'library'`, on one line or several. */
function importOf(libraries) {
  const any = libraries.map((name) => name.replaceAll('/', '\\/')).join('|')
  return new RegExp(`\\bimport ([^'";]+?) from '(${any})'`, 'g')
}

/** The names that are imported of each library: a CommonJS one tells them to nobody else. */
function findNames(texts) {
  const names = new Map(LIBRARIES.map((library) => [library, new Set()]))
  for (const text of texts) {
    for (const [, clause, library] of text.matchAll(importOf(LIBRARIES))) {
      for (const name of namesOf(clause)) names.get(library).add(name)
    }
  }
  return names
}

function namesOf(clause) {
  const [, first, list = ''] = /^(\w+)?,? ?(?:\{([^}]*)\})?$/.exec(clause.trim()) ?? []
  const named = list.split(',').map((name) => name.trim().split(' as ')[0])
  if (first === undefined && list === '') return ['*']
  return [...(first === undefined ? [] : ['default']), ...named.filter((name) => name !== '')]
}

async function bundle(root, outdir, names) {
  const { build } = await import('esbuild')
  // Inside the repository, so that the libraries are found.
  const work = mkdtempSync(join(root, 'node_modules/.bundle-'))
  try {
    const entryPoints = {}
    for (const [library, wanted] of names) {
      if (wanted.size === 0) throw new Error(`nothing is imported of ${library}`)
      const path = join(work, `${fileNameOf(library)}.js`)
      const list = wanted.has('*') ? '*' : `{ ${[...wanted].sort().join(', ')} }`
      writeFileSync(path, `export ${list} from '${library}'\n`)
      entryPoints[fileNameOf(library)] = path
    }
    const { metafile } = await build({
      entryPoints,
      outdir,
      absWorkingDir: root,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      external: ['hono', 'hono/*'],
      banner: { js: REQUIRE },
      plugins: [ENGLISH_ONLY],
      // Names stay, and lines are short: Node prints the one that an error is from.
      minifySyntax: true,
      minifyWhitespace: true,
      lineLimit: 120,
      metafile: true,
      logLevel: 'error',
    })
    return Object.keys(metafile.inputs)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function fileNameOf(library) {
  return library.replace('@', '').replaceAll('/', '-')
}

function pathTo(importer, folder, library) {
  const path = relative(dirname(importer), join(folder, `${fileNameOf(library)}.js`))
  return path
    .split(sep)
    .join('/')
    .replace(/^(?!\.)/, './')
}

function listModules(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.m?js$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
}

/** The licences of the packages that the inputs are from. */
function findLicences(root, inputs) {
  const packages = inputs.flatMap(
    (input) => /^.*node_modules\/(?:@[^/]+\/)?[^/.][^/]*/.exec(input) ?? [],
  )
  return [...new Set(packages)]
    .sort()
    .map((path) => describeLicence(join(root, path)))
    .join('\n\n')
}

function describeLicence(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8')
  return `${name} ${version}, ${license}\n\n${text}`
}
