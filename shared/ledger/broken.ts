/** An invariant of money §12 that does not hold: stops its own subscription, never another. Pure. */
import type { Finding } from './ledger.ts'

/** Thrown inside a transaction so that nothing of it stays; caught by the Ledger, which then stops. */
export class Broken extends Error {
  readonly finding: Finding

  constructor(finding: Finding) {
    super(sentenceOf(finding))
    this.finding = finding
  }
}

/** One sentence with both numbers and what to do. */
export const sentenceOf = (finding: Finding): string =>
  `${finding.rule} does not hold for ${finding.subject}: expected ${finding.expected}, found ${finding.found}. Freezing has stopped for this subscription alone; nothing was lost. An operator has to look at it with npm run audit.`

/** Throws `Broken` unless both are equal. */
export function holds(
  rule: string,
  subject: string,
  expected: bigint | number,
  found: bigint | number,
): void {
  if (BigInt(expected) !== BigInt(found))
    throw new Broken({ rule, subject, expected: String(expected), found: String(found) })
}
