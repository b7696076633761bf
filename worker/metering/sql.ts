/** The SQL port on a Durable Object's SQLite. */
import {
  checkCall,
  checkRows,
  checkScript,
  refusePromise,
  type Sql,
  type SqlRow,
  type SqlValue,
} from '../../shared/sql.ts'

/** The storage of an object as the port. What is written is durable before any answer leaves the object. */
export function openObjectSql(storage: DurableObjectStorage): Sql {
  return {
    all<R extends SqlRow>(sql: string, ...params: readonly SqlValue[]): R[] {
      checkCall(sql, params)
      const rows = storage.sql.exec(sql, ...params).toArray()
      for (const row of rows) {
        for (const name in row) {
          const value = row[name]
          if (value instanceof ArrayBuffer) Object.assign(row, { [name]: new Uint8Array(value) })
        }
      }
      const read = rows as R[]
      checkRows(read)
      return read
    },

    transaction: <T>(fn: () => T): T =>
      storage.transactionSync(() => {
        const result = fn()
        refusePromise(result)
        return result
      }),

    script(sql: string): void {
      checkScript(sql)
      storage.sql.exec(sql)
    },
  }
}
