import { appendFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildPools } from '../../../../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../../../../pipeline/commands/features.ts'
import { findLines } from '../../../../pipeline/input/scan/find-lines.ts'
import { inspectFile } from '../../../../pipeline/input/scan/inspect.ts'
import { normaliseFile } from '../../../../pipeline/input/scan/normalise.ts'
import { smallWorld } from '../../../helpers/builds.ts'
import { withFolder, writeFiles } from '../../../helpers/folders.ts'

const CLICKS = 'click_id,banner_id,campaign_id\n100,30,7\nx,30,7\n'

describe('a file that changes after it was inspected', () => {
  it('is refused by the readers that read it again', async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, { 'clicks.csv': CLICKS })
      const path = join(folder, 'clicks.csv')
      const inspection = await inspectFile({ path, table: 'clicks' })
      const [rowsPath, rejectsPath] = [join(folder, 'rows'), join(folder, 'rejects')]
      const task = { path, table: 'clicks', inspection, rowsPath, rejectsPath } as const
      await appendFile(path, '101,30,7\n')

      await expect(normaliseFile(task)).rejects.toThrow('changed while it was read')
      const search = { ...task, keys: new Set<string>(), linesPath: join(folder, 'lines') }
      await expect(findLines(search)).rejects.toThrow('changed while it was read')
    })
  })

  it.each<[string, (path: string) => Promise<void>, RegExp]>([
    [
      'is rewritten',
      (path) => writeFile(path, 'click_id,banner_id,campaign_id\n999,30,7\n'),
      /clicks_1.csv: changed while it was read/,
    ],
    ['vanishes', (path) => rm(path), /clicks_1.csv: cannot be read \(ENOENT\)/],
  ])('stops a build if it %s and its rejects are not found yet', async (_, change, message) => {
    await withFolder(async (folder) => {
      const [input, out] = [join(folder, 'in'), join(folder, 'out')]
      const clicks = `${smallWorld()['1/clicks_1.csv']}x,30,7\n`
      await writeFiles(input, { ...smallWorld(), '1/clicks_1.csv': clicks })
      const step = async <T>(name: string, fn: () => Promise<T>): Promise<T> => {
        if (name === 'normalise files') await change(join(input, '1/clicks_1.csv'))
        return fn()
      }
      const progress = { ...BUILD_DEFAULTS.progress, step }

      const build = buildPools({ ...BUILD_DEFAULTS, input, out, progress })

      await expect(build).rejects.toThrow(message)
    })
  })

  it('does not stop a build that has its rows already', async () => {
    await withFolder(async (folder) => {
      const [input, out] = [join(folder, 'in'), join(folder, 'out')]
      await writeFiles(input, smallWorld())
      const step = async <T>(name: string, fn: () => Promise<T>): Promise<T> => {
        if (name === 'cache clicks') await rm(join(input, '1/clicks_1.csv'))
        return fn()
      }
      const progress = { ...BUILD_DEFAULTS.progress, step }

      const { build_id } = await buildPools({ ...BUILD_DEFAULTS, input, out, progress })

      await writeFiles(input, smallWorld())
      expect(await buildPools({ ...BUILD_DEFAULTS, input, out })).toMatchObject({
        build_id,
        status: 'current',
      })
    })
  })
})
