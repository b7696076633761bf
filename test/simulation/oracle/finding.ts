/** What the oracle says when two things do not agree. Types and one writer; pure. */

/** A rule of money.md that does not hold, in plain words. */
export interface Discrepancy {
  readonly rule: string
  readonly subject: string
  readonly expected: string
  readonly found: string
}

export const sentenceOf = ({ rule, subject, expected, found }: Discrepancy): string =>
  `${subject}: ${rule}: expected ${expected}, found ${found}`
