/** What is broken on purpose, each in one line of code, and the check that has to notice it (money §13). */

/** A command that ends with 0 while nothing is broken. */
export type Check = readonly string[]

const suite = (...paths: string[]): Check => ['vitest', 'run', '--project', 'node', '--bail', '1', ...paths]

export const CHECKS = {
  submission: suite('test/shared/submission'),
  answers: suite('test/shared/aws'),
  ledger: suite('test/shared/ledger'),
  lifecycle: suite('test/shared/lifecycle.test.ts'),
  hours: suite('test/shared/hour.test.ts'),
} as const satisfies Record<string, Check>

export interface Breakage {
  /** The rule that no longer holds, and where it is written. */
  readonly name: string
  readonly file: string
  /** A text that is in the file exactly once, and what stands there instead. */
  readonly line: string
  readonly becomes: string
  readonly caughtBy: keyof typeof CHECKS
}

export const BREAKAGES: readonly Breakage[] = [
  {
    name: 'a record past its deadline after an unanswered attempt is parked as movable (money §8 row 10)',
    file: 'shared/submission/settle.ts',
    line: "if (row.unanswered === 1) return { state: 'doubtful', reason: reason ?? 'expired' }",
    becomes: '',
    caughtBy: 'submission',
  },
  {
    name: 'a refusal after an unanswered attempt is parked, not doubtful (money §8 row 7)',
    file: 'shared/submission/settle.ts',
    line: "if (row.unanswered === 1) return { state: 'doubtful', reason: name }",
    becomes: '',
    caughtBy: 'submission',
  },
  {
    name: 'a duplicate after an unanswered attempt is parked for a person to move (money §8 row 2)',
    file: 'shared/submission/settle.ts',
    line: "state: row.unanswered === 1 ? 'doubtful' : 'parked',",
    becomes: "state: 'parked',",
    caughtBy: 'submission',
  },
  {
    name: 'the mark of an unanswered attempt fades with the next one (money §8)',
    file: 'shared/submission/settle.ts',
    line: 'const pauses = row.pauses + 1\n',
    becomes:
      "const pauses = row.pauses + 1\n  sql.all('update copies set unanswered = 0 where key = ?', row.key)\n",
    caughtBy: 'submission',
  },
  {
    name: 'a result is deleted from the Submitter when the Ledger did not acknowledge it (money §7 (4))',
    file: 'shared/submission/settlements.ts',
    line: "where key = ? and attempt = ? and subscription = ? and state = 'settled'`,",
    becomes: "where key = ? and ? is not null and subscription = ? and state = 'settled'`,",
    caughtBy: 'submission',
  },
  {
    name: 'a confirmed copy is deleted at once, so a late offer is sent again (money §7 (5))',
    file: 'shared/submission/settlements.ts',
    line: "`delete from copies where state = 'confirmed' and deadline <= ?`, now - KEPT_MS",
    becomes: "`delete from copies where state = 'confirmed' and deadline <= ?`, now + 90 * KEPT_MS",
    caughtBy: 'submission',
  },
  {
    name: 'the attempt is stored after the call (money §7 (3))',
    file: 'shared/submission/plan.ts',
    line: "`update copies set state = 'flying', attempt = ? where key in (select value from json_each(?))`,",
    becomes: '`update copies set attempt = ? where key in (select value from json_each(?))`,',
    caughtBy: 'submission',
  },
  {
    name: 'a key offered with another quantity replaces the first (money §7 (2))',
    file: 'shared/submission/offer.ts',
    line: 'held.quantity === record.quantity &&',
    becomes: '',
    caughtBy: 'submission',
  },
  {
    name: 'two kinds of identity are taken for one account and hour (money §10)',
    file: 'shared/submission/offer.ts',
    line: 'if (mixed !== undefined)',
    becomes: 'if (mixed === null)',
    caughtBy: 'submission',
  },
  {
    name: 'a record of another Region is sent (money §7)',
    file: 'shared/submission/offer.ts',
    line: 'if (identity.region !== region)',
    becomes: 'if (identity.region === null)',
    caughtBy: 'submission',
  },
  {
    name: 'an end does not shorten the deadline of a copy (money §6)',
    file: 'shared/submission/offer.ts',
    line: 'const deadline = Math.min(held.deadline, record.deadline)',
    becomes: 'const deadline = held.deadline',
    caughtBy: 'submission',
  },
  {
    name: 'the latest deadline goes first (money §7 Order)',
    file: 'shared/submission/plan.ts',
    line: "const LINE = 'final desc, deadline, value desc, key'",
    becomes: "const LINE = 'final desc, deadline desc, value desc, key'",
    caughtBy: 'submission',
  },
  {
    name: 'final records do not go before all others (money §6 (4))',
    file: 'shared/submission/plan.ts',
    line: 'if (a.final !== b.final) return a.final > b.final',
    becomes: '',
    caughtBy: 'submission',
  },
  {
    name: 'a record with little time left travels with others (money §7)',
    file: 'shared/submission/plan.ts',
    line: 'if (head.deadline < now + ALONE_WITHIN_MS)',
    becomes: 'if (head.deadline < now)',
    caughtBy: 'submission',
  },
  {
    name: 'a final record is not tried after its deadline (money §6 (4))',
    file: 'shared/submission/settlements.ts',
    line: 'and (final = 0 or late_tries > 0)`,',
    becomes: '`,',
    caughtBy: 'submission',
  },
  {
    name: 'halving takes the whole rate (money §8 row 8)',
    file: 'shared/submission/plan.ts',
    line: 'const mayHalve = (pace?.halving_ms ?? 0) <= now',
    becomes: 'const mayHalve = (pace?.halving_ms ?? 0) >= 0 || now > 0',
    caughtBy: 'submission',
  },
  {
    name: 'answers are matched without the hour (money §8)',
    file: 'shared/aws/batch-meter-usage.ts',
    line: 'JSON.stringify([license, who, dimension, hour])',
    becomes: 'JSON.stringify([license, who, dimension, hour > 0])',
    caughtBy: 'answers',
  },
  {
    name: 'a record answered with another quantity counts as billed (money §8)',
    file: 'shared/aws/batch-meter-usage.ts',
    line: "if ((integerMember(answer.usage, 'Quantity') ?? 0) !== record.quantity)",
    becomes: "if (integerMember(answer.usage, 'Quantity') === -1)",
    caughtBy: 'answers',
  },
  {
    name: 'a record of exactly 24 hours is still sent (> for ≥; money §13)',
    file: 'shared/hour.ts',
    line: 'Math.min(timestamp + WINDOW_MS, monthClosesAt(monthOf(timestamp)))',
    becomes: 'Math.min(timestamp + WINDOW_MS + 1, monthClosesAt(monthOf(timestamp)))',
    caughtBy: 'hours',
  },
  {
    name: 'a record of last month is still sent at 06:00 on the 1st (> for ≥; money §13)',
    file: 'shared/hour.ts',
    line: 'Math.min(timestamp + WINDOW_MS, monthClosesAt(monthOf(timestamp)))',
    becomes: 'Math.min(timestamp + WINDOW_MS, monthClosesAt(monthOf(timestamp)) + 1)',
    caughtBy: 'hours',
  },
]
