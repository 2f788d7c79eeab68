/** Fetches Kafka's broker, once, into a cache folder outside the tree; it runs on Java 17 and later. */
import { execFile } from 'node:child_process'
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const KAFKA_VERSION = '4.1.0'
/** Pinned, or Maven takes the oldest that it knows. */
const MAVEN_COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>kafka</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>${KAFKA_VERSION}</version></dependency>
  </dependencies>
</project>
`

/**
 * Installs the broker and Kafka's tools from Maven Central, if they are not yet there.
 *
 * @returns The class path for `java -cp`.
 */
export async function installKafka(): Promise<string> {
  const cache = process.env.KAFKA_CACHE ?? join(homedir(), '.cache', 'banner-pools')
  const folder = join(cache, `kafka-${KAFKA_VERSION}`)
  if ((await stat(folder).catch(() => null)) === null) await install(folder)
  return join(folder, '*')
}

/** Everything is made ready under another name, so that what is there is whole. */
async function install(folder: string): Promise<void> {
  const making = `${folder}.${process.pid}`
  const libraries = join(making, 'libraries')
  await mkdir(making, { recursive: true })
  try {
    await writeFile(join(making, 'pom.xml'), POM)
    await run('mvn', ['-q', '-B', MAVEN_COPY, `-DoutputDirectory=${libraries}`], { cwd: making })
    await rename(libraries, folder)
  } finally {
    await rm(making, { recursive: true, force: true })
  }
}
