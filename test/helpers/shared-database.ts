/** A database for many tests, which takes longer to make than what each of them changes in it. */
import type { DuckDBConnection } from '@duckdb/node-api'

type Use<T> = (connection: DuckDBConnection) => Promise<T>

/** Undoes what a test changed; `afterAll(() => database.close())` closes it. */
export class SharedDatabase {
  readonly #open: (use: Use<void>) => Promise<void>
  #connection: Promise<DuckDBConnection> | undefined
  #whenClosed: Promise<void> = Promise.resolve()
  #end = () => {}

  /** @param open - Makes the database, gives it to a function, and closes it when that is done. */
  constructor(open: (use: Use<void>) => Promise<void>) {
    this.#open = open
  }

  /** Gives `fn` the database as it was made; whatever it does to tables and rows is rolled back. */
  async undo<T>(fn: Use<T>): Promise<T> {
    this.#connection ??= this.#make()
    const connection = await this.#connection
    await connection.run('begin')
    try {
      return await fn(connection)
    } finally {
      await connection.run('rollback')
    }
  }

  /** Closes the database, if a test has used it. */
  async close(): Promise<void> {
    this.#end()
    await this.#whenClosed
  }

  #make(): Promise<DuckDBConnection> {
    return new Promise((resolve, reject) => {
      const ended = new Promise<void>((end) => {
        this.#end = end
      })
      this.#whenClosed = this.#open((connection) => {
        resolve(connection)
        return ended
      })
      this.#whenClosed.catch(reject)
    })
  }
}
