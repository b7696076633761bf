/**
 * The oracle of task life (money §13): from what applications were told, what AWS holds and what is shown it finds every
 * unit that is lost, doubled or told of wrongly. It shares no line with the code it judges. Pure.
 */
import type { TaskHistory } from '../history.ts'
import { judgeAws } from './aws.ts'
import { judgeClaims } from './claims.ts'
import { judgeEnds } from './ends.ts'
import type { Discrepancy } from './finding.ts'
import { judgeUnits } from './units.ts'

export const judge = (history: TaskHistory): Discrepancy[] => [
  ...judgeUnits(history),
  ...judgeClaims(history),
  ...judgeAws(history),
  ...judgeEnds(history),
]
