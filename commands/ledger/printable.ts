/** Text for a terminal: what others wrote moves no cursor, hides nothing and turns nothing around. No I/O. */

/** Control characters, line and paragraph ends but our own, and what reorders or is not seen. */
const UNSEEN = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** What a terminal would act on stands as JSON escapes it: text is read, and JSON means the same. */
export const printable = (text: string): string =>
  text.replaceAll(UNSEEN, (one) =>
    Array.from({ length: one.length }, (_, at) => escapeOf(one.charCodeAt(at))).join(''),
  )

/** The same for a cell of a table, which is one line. */
export const printableCell = (text: string): string => printable(text).replaceAll('\n', '\\n')

const escapeOf = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`
