import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'

interface Locked {
  readonly resolved?: string
  readonly integrity?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const text = await readFile(new URL('../package-lock.json', import.meta.url), 'utf8')
const packages = (JSON.parse(text) as { packages: Readonly<Record<string, Locked>> }).packages

describe('package-lock.json', () => {
  it('has the packages of every platform; if not, run node scripts/complete-lock-file.mjs', () => {
    const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
      Object.keys(optionalDependencies).map((name) => `node_modules/${name}`),
    )

    expect(wanted.length).toBeGreaterThan(20)
    expect(wanted.filter((path) => packages[path] === undefined)).toEqual([])
  })

  it('has the integrity of every package, whatever the platform', () => {
    const lacking = Object.entries(packages).filter(
      ([path, { integrity }]) => path !== '' && integrity === undefined,
    )

    expect(lacking.map(([path]) => path)).toEqual([])
  })

  it('names no package registry', () => {
    expect(Object.values(packages).filter(({ resolved }) => resolved !== undefined)).toEqual([])
  })
})
