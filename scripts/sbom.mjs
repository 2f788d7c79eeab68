/**
 * Prints the bill of materials of what is shipped, as CycloneDX: `node scripts/sbom.mjs > sbom.cdx.json`. That is what is
 * installed with the package and into the image, and what is bundled into the program and the function.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listBundledPackages } from './bundle.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Bundled, too: the files of `/docs`, and what signs the function's requests. */
const OTHERS = ['swagger-ui-dist', '@smithy/signature-v4']

const { dependencies, devDependencies, peerDependencies, peerDependenciesMeta, ...rest } =
  JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const bundled = (await listBundledPackages(ROOT)).filter((name) => name in devDependencies)
for (const name of [...bundled, ...OTHERS, ...Object.keys(peerDependencies)]) {
  dependencies[name] = devDependencies[name]
}
const work = mkdtempSync(join(tmpdir(), 'banner-pools-sbom-'))
try {
  writeFileSync(join(work, 'package.json'), JSON.stringify({ ...rest, dependencies }))
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
  lock.packages = findReachable(lock.packages, { ...rest, dependencies })
  writeFileSync(join(work, 'package-lock.json'), JSON.stringify(lock))
  const words = ['sbom', '--package-lock-only', '--omit=dev', '--sbom-format=cyclonedx']
  execFileSync('npm', words, { cwd: work, stdio: ['ignore', 'inherit', 'inherit'] })
} finally {
  rmSync(work, { recursive: true, force: true })
}

/** The packages that the root leads to, and none of those that only development needs. */
function findReachable(packages, root) {
  const found = new Map([['', root]])
  // Grows while it is read.
  for (const [path, { dependencies = {}, optionalDependencies = {} }] of found) {
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const at = findPackage(packages, path, name)
      if (at === undefined || found.has(at)) continue
      const { dev: _, devOptional: __, ...entry } = packages[at]
      found.set(at, entry)
    }
  }
  return Object.fromEntries(found)
}

/** As Node looks for it: beside the importer, then further up. */
function findPackage(packages, importer, name) {
  for (let folder = importer; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules/'))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`
    if (packages[path] !== undefined) return path
    if (!folder.includes('/node_modules/')) {
      return packages[`node_modules/${name}`] === undefined ? undefined : `node_modules/${name}`
    }
  }
}
