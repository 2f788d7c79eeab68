import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { PROGRAM_VERSION } from '../../contract/version.ts'

it('PROGRAM_VERSION is that of package.json', async () => {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')

  expect(PROGRAM_VERSION).toBe(JSON.parse(text).version)
})
