/** Holds that what is published has the columns that contract/columns.ts declares, in this order, and is sorted so. */
import { describe, expect, it } from 'vitest'
import { PUBLISHED_FILES } from '../../contract/columns.ts'
import { EVALUATION_FILE } from '../../contract/schema.ts'
import { readSql } from '../../pipeline/base/sql.ts'
import { describeSql } from '../helpers/sql.ts'
import { withWorld } from './check-world.ts'

/** The evaluation has no select: its table is made of the declaration. */
const files = Object.entries(PUBLISHED_FILES).filter(([file]) => file !== EVALUATION_FILE)

describe('sql/publish', () => {
  it.each(files)('selects %s with the declared columns', async (file, { columns }) => {
    const select = await readSql('publish', nameOf(file))

    const found = await withWorld({ shape: 'built' }, (connection) =>
      describeSql(connection, select),
    )

    const declared = Object.entries(columns).map(([name, { type }]) => ({ name, type }))
    expect(found).toEqual(declared)
    expect(declared.length).toBeGreaterThan(1)
  })

  it.each(files)('sorts %s as declared', async (file, { order }) => {
    const select = await readSql('publish', nameOf(file))

    const [, sorted = ''] = select.split(/^order by/m)
    expect([...sorted.matchAll(/\."?(\w+)"? asc/g)].map(([, name]) => name)).toEqual(order)
  })
})

function nameOf(file: string): string {
  return file.replace('.parquet', '')
}
