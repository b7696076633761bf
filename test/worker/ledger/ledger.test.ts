/**
 * The Ledger's suites inside workerd, on the SQLite of a Durable Object: each statement runs here. Changes within a month
 * bring no statement of their own, so they are walked on node:sqlite only.
 */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { openObjectSql } from '../../../worker/metering/sql.ts'
import { amountsSuite } from '../../shared/ledger/amounts.suite.ts'
import { asideKeysSuite } from '../../shared/ledger/aside-keys.suite.ts'
import { chargesSuite } from '../../shared/ledger/charges.suite.ts'
import { crashSuite } from '../../shared/ledger/crash.suite.ts'
import { endSuite } from '../../shared/ledger/end.suite.ts'
import { freezeSuite } from '../../shared/ledger/freeze.suite.ts'
import { gaugeLifeSuite } from '../../shared/ledger/gauge-life.suite.ts'
import { gaugeSuite } from '../../shared/ledger/gauge.suite.ts'
import { handOverSuite } from '../../shared/ledger/hand-over.suite.ts'
import { handedSuite } from '../../shared/ledger/handed.suite.ts'
import { kindsSuite } from '../../shared/ledger/kinds.suite.ts'
import { edgesSuite } from '../../shared/ledger/edges.suite.ts'
import { lateSuite } from '../../shared/ledger/late.suite.ts'
import { idsSuite } from '../../shared/ledger/ids.suite.ts'
import { keysSuite } from '../../shared/ledger/keys.suite.ts'
import { lifeSuite } from '../../shared/ledger/life.suite.ts'
import { monthProductsSuite } from '../../shared/ledger/month-products.suite.ts'
import { monthsSuite } from '../../shared/ledger/months.suite.ts'
import { periodSuite } from '../../shared/ledger/period.suite.ts'
import { repairKeysSuite } from '../../shared/ledger/repair-keys.suite.ts'
import { repairPagesSuite } from '../../shared/ledger/repair-pages.suite.ts'
import { repairSuite } from '../../shared/ledger/repair.suite.ts'
import { repairUsageSuite } from '../../shared/ledger/repair-usage.suite.ts'
import { replaySuite } from '../../shared/ledger/replay.suite.ts'
import { restoreSuite } from '../../shared/ledger/restore.suite.ts'
import { sqlSuite } from '../../shared/ledger/sql.suite.ts'
import type { Home } from '../../shared/ledger/subject.ts'
import { successorSuite } from '../../shared/ledger/successor.suite.ts'
import { switchSuite } from '../../shared/ledger/switch.suite.ts'
import { takeSuite } from '../../shared/ledger/take.suite.ts'
import { toldSuite } from '../../shared/ledger/told.suite.ts'
import { voidSuite } from '../../shared/ledger/void.suite.ts'

const home: Home = {
  runs: 10,
  everyMonth: false,
  use: (work) =>
    runInDurableObject(env.LEDGER.get(env.LEDGER.newUniqueId()), (_, state) =>
      work(openObjectSql(state.storage)),
    ),
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
