/** DuckDB's own scan of logs: every value read as what it is, and summed. `duckdb-scan.ts INPUT` */
import { TABLES } from '../../contract/schema.ts'
import { quotedString, readRows, withDatabase } from '../../pipeline/base/database.ts'
import { COLUMNS, SQL_TYPES } from '../../pipeline/input/columns.ts'
import { findSources } from '../../pipeline/input/sources.ts'

const [, , input = ''] = process.argv
const { files } = await findSources(input, { allowMissing: false })
await withDatabase(':memory:', { threads: 2, memoryLimit: '4GB' }, async (connection) => {
  for (const table of TABLES) {
    const own = files.filter((file) => file.table === table)
    const paths = own.map(({ fullPath }) => quotedString(fullPath)).join(', ')
    const types = COLUMNS[table].map(({ name, kind }) => `${name}: '${SQL_TYPES[kind]}'`).join(', ')
    const sums = COLUMNS[table].map(({ name }) => `cast(sum(${name}) as varchar)`).join(', ')
    await readRows(
      connection,
      `select ${sums} from read_csv([${paths}], header = true, columns = {${types}})`,
    )
  }
})
