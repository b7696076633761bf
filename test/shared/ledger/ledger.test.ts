/** The Ledger's suites on node:sqlite. `TOLLGATE_PROPERTY_RUNS` says how often each property is tried; `.ci/run` asks for 150. */
import { openNodeSql } from '../../../container/sql.ts'
import { sqlSuite } from './sql.suite.ts'
import type { Home } from './subject.ts'
import { amountsSuite } from './amounts.suite.ts'
import { asideKeysSuite } from './aside-keys.suite.ts'
import { chargesSuite } from './charges.suite.ts'
import { crashSuite } from './crash.suite.ts'
import { endSuite } from './end.suite.ts'
import { freezeSuite } from './freeze.suite.ts'
import { gaugeLifeSuite } from './gauge-life.suite.ts'
import { gaugeSuite } from './gauge.suite.ts'
import { handOverSuite } from './hand-over.suite.ts'
import { handedSuite } from './handed.suite.ts'
import { kindsSuite } from './kinds.suite.ts'
import { edgesSuite } from './edges.suite.ts'
import { lateSuite } from './late.suite.ts'
import { idsSuite } from './ids.suite.ts'
import { keysSuite } from './keys.suite.ts'
import { lifeSuite } from './life.suite.ts'
import { monthChangesSuite } from './month-changes.suite.ts'
import { monthProductsSuite } from './month-products.suite.ts'
import { monthsSuite } from './months.suite.ts'
import { periodSuite } from './period.suite.ts'
import { repairKeysSuite } from './repair-keys.suite.ts'
import { repairPagesSuite } from './repair-pages.suite.ts'
import { repairSuite } from './repair.suite.ts'
import { repairUsageSuite } from './repair-usage.suite.ts'
import { replaySuite } from './replay.suite.ts'
import { restoreSuite } from './restore.suite.ts'
import { successorSuite } from './successor.suite.ts'
import { switchSuite } from './switch.suite.ts'
import { takeSuite } from './take.suite.ts'
import { toldSuite } from './told.suite.ts'
import { voidSuite } from './void.suite.ts'

const home: Home = {
  runs: Number(process.env['TOLLGATE_PROPERTY_RUNS'] ?? 40),
  everyMonth: true,
  use: async (work) => {
    const sql = openNodeSql(':memory:')
    try {
      return work(sql)
    } finally {
      sql.close()
    }
  },
}

amountsSuite(home)
asideKeysSuite(home)
chargesSuite(home)
crashSuite(home)
endSuite(home)
freezeSuite(home)
gaugeLifeSuite(home)
gaugeSuite(home)
handOverSuite(home)
handedSuite(home)
kindsSuite(home)
edgesSuite(home)
lateSuite(home)
idsSuite(home)
keysSuite(home)
lifeSuite(home)
monthChangesSuite(home)
monthProductsSuite(home)
monthsSuite(home)
periodSuite(home)
repairKeysSuite(home)
repairPagesSuite(home)
repairSuite(home)
repairUsageSuite(home)
replaySuite(home)
restoreSuite(home)
sqlSuite(home)
successorSuite(home)
switchSuite(home)
takeSuite(home)
toldSuite(home)
voidSuite(home)
