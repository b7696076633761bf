/** The Ledger's suites inside workerd, on the SQLite of a Durable Object. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { openObjectSql } from '../../../worker/metering/sql.ts'
import type { Home } from '../../shared/ledger/subject.ts'
import { takeSuite } from '../../shared/ledger/take.suite.ts'

const home: Home = {
  runs: 10,
  use: (work) =>
    runInDurableObject(env.LEDGER.get(env.LEDGER.newUniqueId()), (_, state) =>
      work(openObjectSql(state.storage)),
    ),
}

takeSuite(home)
