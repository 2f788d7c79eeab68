/** The files of the function's package, without pools. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { PACKED_FILE } from '../../server/lambda/builds.ts'
import { loadBuild } from '../../server/pools/load.ts'
import { formatSnapshot } from '../../server/pools/snapshot.ts'

/** Path in the package to content. */
export type PackageFiles = Readonly<Record<string, Uint8Array>>

/** What was bundled, and from what. */
export interface LambdaFiles {
  readonly files: PackageFiles
  /** Every source file whose code is in the bundle, below the repository. */
  readonly inputs: readonly string[]
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The oldest Node that Lambda runs functions on and this project supports. */
const TARGET = 'node20'

/** What the server's `/docs` sends, see server/api/docs.ts. */
const SWAGGER_FILES = [
  'package.json',
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'favicon-32x32.png',
]

/** Zod has its messages in fifty languages, 240 kB in all; only English ones are ever shown. */
const ENGLISH_ONLY: Plugin = {
  name: 'english-only',
  setup: ({ onLoad }) => {
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js'",
    }))
  },
}

/** Bundles the function. The same sources give the same bytes. */
export async function bundleLambda(): Promise<LambdaFiles> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { index: 'server/lambda/main.ts', 'load-worker': 'server/pools/load-worker.ts' },
    outdir: '.',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: TARGET,
    mainFields: ['module', 'main'],
    minify: true,
    metafile: true,
    write: false,
    plugins: [ENGLISH_ONLY],
  })
  const bundled = outputFiles.map(({ path, contents }) => [path.slice(ROOT.length), contents])
  const files: PackageFiles = {
    ...Object.fromEntries(bundled),
    'package.json': Buffer.from('{"type":"module"}\n'),
    'embed.min.client.js': await readFile(join(ROOT, 'server/banner/embed.min.client.js')),
    ...(await swaggerFiles()),
  }
  return { files, inputs: usedInputs(metafile.outputs) }
}

/**
 * Arranges the pools of a build for the package.
 *
 * @param artifacts - An artifacts folder or the folder of one build.
 * @throws {ArtifactError} If the build is bad.
 */
export async function packPools(artifacts: string): Promise<PackageFiles> {
  const build = await loadBuild(artifacts, undefined)
  return build === undefined ? {} : { [PACKED_FILE]: formatSnapshot(build) }
}

/** What is imported but left out of the bundle, because nothing uses it, does not count. */
function usedInputs(
  outputs: Readonly<Record<string, { inputs: Record<string, { bytesInOutput: number }> }>>,
): string[] {
  const names = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([name, { bytesInOutput }]) => (bytesInOutput > 0 ? name : [])),
  )
  return [...new Set(names)].sort()
}

/** Read by path at run time, so no bundler sees them. */
async function swaggerFiles(): Promise<PackageFiles> {
  const manifest = createRequire(import.meta.url).resolve('swagger-ui-dist/package.json')
  const files: Record<string, Uint8Array> = {}
  for (const name of SWAGGER_FILES) {
    files[`node_modules/swagger-ui-dist/${name}`] = await readFile(join(dirname(manifest), name))
  }
  return files
}
