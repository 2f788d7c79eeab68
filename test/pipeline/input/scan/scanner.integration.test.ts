import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PipelineError } from '../../../../pipeline/base/errors.ts'
import { withScanner } from '../../../../pipeline/input/scan/scanner.ts'
import { withFolder, writeFiles } from '../../../helpers/folders.ts'

const SIZES = [
  ['in the process', 0],
  ['on worker threads', 1 << 30],
] as const

describe.each(SIZES)('withScanner %s', (_, bytes) => {
  it('gives the results of its jobs', async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, {
        'clicks.csv': 'click_id,banner_id,campaign_id\n100,30,7\nx,30,7\n',
      })
      const path = join(folder, 'clicks.csv')

      await withScanner({ bytes, threads: 2 }, async (scanner) => {
        const inspection = await scanner.run('inspectFile', path, { path, table: 'clicks' })
        const [rowsPath, rejectsPath] = [join(folder, 'rows'), join(folder, 'rejects')]
        const task = { path, table: 'clicks', inspection, rowsPath, rejectsPath } as const
        const counts = await scanner.run('normaliseFile', path, task)

        expect(inspection).toMatchObject({ rows: 2, isClean: false })
        expect(counts).toMatchObject({ accepted: 1, rejected: 1, example: { line: 3 } })
      })
    })
  })

  it('words failures with the file in front', async () => {
    await withScanner({ bytes, threads: 1 }, async (scanner) => {
      const job = scanner.run('inspectFile', '/no/clicks.csv', {
        path: '/no/clicks.csv',
        table: 'clicks',
      })

      await expect(job).rejects.toThrow(PipelineError)
      await expect(job).rejects.toThrow('/no/clicks.csv: cannot be read (ENOENT)')
    })
  })
})
