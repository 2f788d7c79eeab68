import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../server/config.ts'
import { SettingsError } from '../../server/settings.ts'
import { withFolder } from '../helpers/folders.ts'

function read(text: string, env: Record<string, string | undefined> = {}) {
  return withFolder(async (folder) => {
    const path = join(folder, 'server.yaml')
    await writeFile(path, text)
    return readConfig({ config: path }, env)
  })
}

describe('readConfig', () => {
  it('reads settings by the names of their flags', async () => {
    const text = 'port: 80\ntrust-proxy: true\ncors-origin:\n  - https://a.example\nlog: json\n'

    expect(await read(text)).toEqual({
      ...{ port: 80, 'trust-proxy': true, log: 'json' },
      'cors-origin': ['https://a.example'],
    })
  })

  it('is empty without a file, and of an empty one', async () => {
    expect(await readConfig({}, {})).toEqual({})
    expect(await read('# nothing yet\n')).toEqual({})
  })

  it('gives the workers what the first process has read', async () => {
    const env: Record<string, string | undefined> = {}
    const first = await read('port: 80\n', env)

    expect(await readConfig({ config: '/changed/since.yaml' }, env)).toEqual(first)
  })

  it('takes the file from the environment', async () => {
    await expect(readConfig({}, { BANNER_POOLS_CONFIG: '/none.yaml' })).rejects.toThrow(
      /^--config \/none\.yaml: ENOENT/,
    )
  })

  it.each([
    ['prot: 1', /unknown setting prot, did you mean port\?$/],
    ['config: x', /unknown setting config$/],
    ['check: true', /unknown setting check/],
    ['port: [1, 2]', /port must be one value$/],
    ['port:', /port must be one value$/],
    ['cors-origin: {a: 1}', /cors-origin must be one value or a list$/],
    ['- port: 1', /must be lines such as 'port: 8080'$/],
    ['just words', /must be lines such as 'port: 8080'$/],
    ['port: [1', /line 1, column/],
    ['port: 1\nport: 2', /Map keys must be unique/],
  ])('refuses %j in one line', async (text, reason) => {
    const error = await read(text).catch((thrown: Error) => thrown)

    expect(error).toBeInstanceOf(SettingsError)
    expect((error as Error).message).toMatch(reason)
    expect((error as Error).message).not.toContain('\n')
  })
})
