/**
 * Writes what the image installs into package.json: the package's own dependencies, and the optional ones, since nobody
 * can install them later. The versions are those of the lock file.
 */
import { readFileSync, writeFileSync } from 'node:fs'

const PATH = 'package.json'
const { peerDependencies, devDependencies, dependencies, ...rest } = JSON.parse(
  readFileSync(PATH, 'utf8'),
)
for (const name of Object.keys(peerDependencies)) dependencies[name] = devDependencies[name]
delete rest.peerDependenciesMeta
writeFileSync(PATH, `${JSON.stringify({ ...rest, dependencies })}\n`)
