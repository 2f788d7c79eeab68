/**
 * Fails if the registry knows of a grave fault in a package of the lock file, development dependencies included, since
 * some are bundled: `node scripts/advisories.mjs`. Mirrors seldom answer audits; there it says so, and looks whether a
 * version that is shipped was withdrawn or deprecated, which every mirror knows.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const LEAST = 'high'

const audit = npm('audit', '--audit=true', '--json', `--audit-level=${LEAST}`)
const report = JSON.parse(audit.stdout || '{}')
if (report.vulnerabilities !== undefined) reportFaults(report.vulnerabilities)
else reportDeprecated()

function reportFaults(vulnerabilities) {
  const grave = Object.values(vulnerabilities).filter(({ severity }) =>
    ['high', 'critical'].includes(severity),
  )
  for (const { name, severity, range } of grave) console.error(`${severity}: ${name} ${range}`)
  console.log(`${grave.length} packages with advisories of severity ${LEAST} or above`)
  if (grave.length > 0) process.exitCode = 1
}

function reportDeprecated() {
  const packageText = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(packageText)
  const lockText = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')
  const { packages } = JSON.parse(lockText)
  const names = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })
  const faults = names.flatMap((name) => {
    const { version } = packages[`node_modules/${name}`]
    const { status, stdout } = npm('view', `${name}@${version}`, 'version', 'deprecated', '--json')
    const known = status === 0 && stdout.trim() !== '' ? JSON.parse(stdout) : undefined
    if (known === undefined) return [`${name} ${version} is not in the registry`]
    return known.deprecated === undefined ? [] : [`${name} ${version}: ${known.deprecated}`]
  })
  for (const fault of faults) console.error(fault)
  console.log(
    `this registry answers no audits; of ${names.length} installed packages ${faults.length} are withdrawn or deprecated`,
  )
  if (faults.length > 0) process.exitCode = 1
}

function npm(...words) {
  return spawnSync('npm', words, { encoding: 'utf8', maxBuffer: 1 << 26 })
}
