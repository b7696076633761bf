/** What is broken on purpose, each in one line of code, and the check that has to notice it (money §13). */
import type { Breakage } from './breakage.ts'
import { CONTAINER_SPOOL } from './container-spool.ts'
import { CONTAINER } from './container.ts'
import { DEPLOY } from './deploy.ts'
import { DOORS } from './doors.ts'
import { INFRA } from './infra.ts'
import { LEDGER } from './ledger.ts'
import { LIVES } from './lives.ts'
import { REPAIR } from './repair.ts'
import { SUBMITTER } from './submitter.ts'

export const BREAKAGES: readonly Breakage[] = [
  ...SUBMITTER,
  ...LEDGER,
  ...REPAIR,
  ...DOORS,
  ...LIVES,
  ...CONTAINER_SPOOL,
  ...CONTAINER,
  ...INFRA,
  ...DEPLOY,
]
