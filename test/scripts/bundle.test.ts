import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')

/** The compiled modules that the programs of a folder import. */
function findImports(folder: string): string[] {
  const texts = readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.mjs'))
    .map((name) => readFileSync(join(ROOT, folder, name), 'utf8'))
  return texts.flatMap((text) =>
    [...text.matchAll(/dist\/([\w/-]+)\.js'/g)].map(([, to]) => `${to}.ts`),
  )
}

describe('scripts/bundle.mjs', () => {
  it('has every module that bin/ and the container start as an entry', async () => {
    const { ENTRIES } = await import(join(ROOT, 'scripts/bundle.mjs'))
    const imported = new Set([...findImports('bin'), ...findImports('deploy/container')])

    expect([...imported].sort()).toEqual(ENTRIES)
  })
})
