// Adds to package-lock.json the packages of other platforms that an installation leaves out, without which `npm ci`
// calls the file out of sync; and asks the registry for each integrity that is missing, so that no platform installs
// what was not seen before.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const PATH = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(PATH, 'utf8'))
let added = 0
for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`
    if (lock.packages[path] !== undefined) continue
    lock.packages[path] = {
      version,
      ...platformOf(name),
      ...(parent.dev === true && { dev: true }),
      license: parent.license,
      optional: true,
    }
    added += 1
  }
}
let completed = 0
for (const [path, entry] of Object.entries(lock.packages)) {
  if (path === '' || entry.integrity !== undefined) continue
  const { version, ...rest } = entry
  const integrity = findIntegrity(path.replace(/^.*node_modules\//, ''), version)
  lock.packages[path] = { version, integrity, ...rest }
  completed += 1
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)),
)
writeFileSync(PATH, `${JSON.stringify(lock, null, 2)}\n`)
console.log(`${added} packages added to package-lock.json, ${completed} integrities`)

function findIntegrity(name, version) {
  const words = ['view', `${name}@${version}`, 'dist.integrity']
  return execFileSync('npm', words, { encoding: 'utf8' }).trim()
}

/** The last words of such a package's name: `…-linux-arm64-musl`. */
function platformOf(name) {
  const [, os, cpu, libc] =
    /-(android|darwin|freebsd|linux|win32)-(arm64|x64)(-musl)?$/.exec(name) ?? []
  if (os === undefined) throw new Error(`not a package of one platform: ${name}`)
  return {
    cpu: [cpu],
    ...(os === 'linux' && { libc: [libc === undefined ? 'glibc' : 'musl'] }),
    os: [os],
  }
}
