/** The Ledger's suites on node:sqlite. */
import { openNodeSql } from '../../../container/sql.ts'
import type { Home } from './subject.ts'
import { crashSuite } from './crash.suite.ts'
import { lifeSuite } from './life.suite.ts'
import { takeSuite } from './take.suite.ts'

const home: Home = {
  runs: Number(process.env.RUNS ?? 100),
  use: async (work) => {
    const sql = openNodeSql(':memory:')
    try {
      return work(sql)
    } finally {
      sql.close()
    }
  },
}

crashSuite(home)
lifeSuite(home)
takeSuite(home)
