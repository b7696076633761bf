/** Breakages of the hand-over's answers and of what a person does (money §7, §9). */
import type { Breakage } from './breakage.ts'

export const REPAIR: readonly Breakage[] = [
  {
    name: 'a record is moved without waiting for the Submitter to let it go (money §9)',
    file: 'shared/ledger/repair-record.ts',
    line: 'const letGo = released.find((one) => one.key === record.key && one.round >= record.round)',
    becomes: "const letGo = { key: record.key, answer: 'let go' as const, round: record.round }",
    caughtBy: 'ledger',
    noticedBy: 'or that the Submitter has not let go',
  },
  {
    name: 'a record is moved though it has changed since it was seen (money §9)',
    file: 'shared/ledger/repair-record.ts',
    line: 'if (!isAsSeen(record, act.seen))',
    becomes: 'if (!isAsSeen(record, record as never))',
    caughtBy: 'ledger',
    noticedBy: 'nothing is done to a record that is no longer as it was seen',
  },
  {
    name: 'a record that AWS may hold is moved without evidence (money §9)',
    file: 'shared/ledger/repair-record.ts',
    line: 'if (isDisputed(record))\n',
    becomes: 'if (record.reason === null && isDisputed(record))\n',
    caughtBy: 'ledger',
    noticedBy: 'a move of a record that is',
  },
  {
    name: 'a record is moved out of a subscription that has ended (money §9)',
    file: 'shared/ledger/settle.ts',
    line: 'life?.life !== record.life || life.endAt !== null',
    becomes: 'life?.life !== record.life',
    caughtBy: 'ledger',
    noticedBy: 'what expires after an end',
  },
  {
    name: 'what expired at the instant its month closes for late usage still moves (> for ≥; money §4, §9)',
    file: 'shared/ledger/settle.ts',
    line: 'now < monthClosesAt(from.month) + timing.lateAcrossMonthsMs',
    becomes: 'now <= monthClosesAt(from.month) + timing.lateAcrossMonthsMs',
    caughtBy: 'ledger',
    noticedBy: 'an expired record crosses a month’s end',
  },
  {
    name: 'an act that is sent twice is done twice (money §9)',
    file: 'shared/ledger/repair-acts.ts',
    line: 'if (done !== undefined) {',
    becomes: 'if (done !== undefined && done.act === null) {',
    caughtBy: 'ledger',
    noticedBy: 'an act sent twice is done once and answered the same',
  },
  {
    name: 'a hold ends with the subscription: the final flush goes past it (money §9 hold)',
    file: 'shared/ledger/state.ts',
    line: '(SELECT 1 FROM holds WHERE dimension IS NULL AND released_at IS NULL) AS held',
    becomes:
      '(SELECT 1 FROM holds WHERE dimension IS NULL AND released_at IS NULL AND NOT EXISTS (SELECT 1 FROM lives WHERE end_at IS NOT NULL)) AS held',
    caughtBy: 'ledger',
    noticedBy: 'a hold goes on through the end of the subscription',
  },
  {
    name: 'a void takes usage out of hours that are frozen (money §9 void)',
    file: 'shared/ledger/repair-usage.ts',
    line: 'const open = rows.filter((row) => isOpen(sql, state, terms, row))',
    becomes: 'const open = rows.filter((row) => isOpen(sql, state, terms, row) || row.hour > 0)',
    caughtBy: 'ledger',
    noticedBy: 'a void takes one source’s usage out of hours not yet frozen',
  },
  {
    name: 'a result that comes twice is written as a receipt twice (money §7 (4))',
    file: 'shared/ledger/settle.ts',
    line: 'if (known.length > 0) return false',
    becomes: '',
    caughtBy: 'ledger',
    noticedBy: 'a receipt is written once per (key, attempt)',
  },
  {
    name: 'a copy leaves the outbox when it is settled, before its Ledger has the result (money §7 (4))',
    file: 'worker/metering/settler.ts',
    line: 'const acknowledged = await home.ledger(subscription).settle(results)',
    becomes:
      'engine.confirmed(subscription, results)\n      const acknowledged = await home.ledger(subscription).settle(results)',
    caughtBy: 'time',
    noticedBy: 'whichever call between objects is lost',
  },
  {
    name: 'a record is taken for handed over before the Submitter has answered (money §7 (2))',
    file: 'worker/metering/hand-over.ts',
    line: 'const answers = await submitter(submitterName(spread.seller, region)).offer(records)',
    becomes:
      'ledger.handed(records)\n    const answers = await submitter(submitterName(spread.seller, region)).offer(records)',
    caughtBy: 'time',
    noticedBy: 'whichever call between objects is lost',
  },
]
