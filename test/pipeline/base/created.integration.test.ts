import { expect, it } from 'vitest'
import { createCounted, withDatabase } from '../../../pipeline/base/database.ts'

it('createCounted gives the rows of the table that it makes', async () => {
  const counts = await withDatabase(
    ':memory:',
    { threads: 1, memoryLimit: '100MB' },
    async (connection) => [
      await createCounted(connection, 'create table five as select * from range(5)'),
      await createCounted(connection, 'create or replace table five as from five with no data'),
    ],
  )

  expect(counts).toEqual([5, 0])
})
