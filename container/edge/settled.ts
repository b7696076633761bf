/** What an answer of the usage API means for the rows that were sent: what goes, what is kept as refused, what goes again. Pure. */
import type { Said } from '../usage-wire.ts'
import { requestOf } from './wire.ts'
import type { RefusedRow, Row, Settled } from './outbox.ts'

type Answered = Exclude<Said, { readonly kind: 'foreign' }>

/** `due`: when what goes again may go. What is refused in a numbered batch frees its number for the others. */
export function settledBy(rows: readonly Row[], said: Answered, due: number): Settled {
  const nothing = { rows, refused: [], again: null }
  const [first] = rows
  switch (said.kind) {
    case 'taken':
      return nothing
    case 'again':
      return { ...nothing, again: { events: countIn(rows), body: bodyOf(rows), due } }
    case 'each': {
      const texts = textsIn(rows)
      const refused = said.answers.flatMap((answer, at): Omit<RefusedRow, 'at'>[] =>
        answer.result === 'refused'
          ? [{ code: answer.code, message: answer.message, event: texts[at] ?? '' }]
          : [],
      )
      const left = texts.filter((_, at) => said.answers[at]?.result === 'again')
      const again = left.length === 0 ? null : { events: left.length, body: `[${left.join(',')}]`, due }
      return { rows, refused, again }
    }
    case 'refused': {
      const { code, message, wrong } = said
      if (first?.kind !== 'sequence' || wrong.length === 0)
        return { ...nothing, refused: [{ code, message, event: requestOf(rows) }] }
      const texts = textsIn(rows)
      const places = new Map(wrong.map((one) => [one.at, one]))
      const good = texts.filter((_, at) => !places.has(at))
      return {
        rows,
        refused: wrong.map((one) => ({ code: one.code, message: one.message, event: texts[one.at] ?? '' })),
        again:
          good.length === 0 || good.length === texts.length
            ? null
            : { events: good.length, body: withEvents(first, good), due },
      }
    }
  }
}

const countIn = (rows: readonly Row[]): number => rows.reduce((sum, { events }) => sum + events, 0)

/** Rows as the body of one row. */
const bodyOf = (rows: readonly Row[]): string =>
  rows[0]?.kind === 'sequence' ? rows[0].body : `[${textsIn(rows).join(',')}]`

/** Each event of the rows as the text that was sent. */
function textsIn(rows: readonly Row[]): readonly string[] {
  return rows.flatMap(({ kind, body }) => {
    const value: unknown = JSON.parse(body)
    const events = kind === 'ids' ? value : eventsOf(value)
    return Array.isArray(events) ? events.map((event: unknown) => JSON.stringify(event)) : []
  })
}

const eventsOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'events' in value ? value.events : []

/** The same number with these events alone. */
function withEvents({ body }: Row, texts: readonly string[]): string {
  const value: unknown = JSON.parse(body)
  const events = texts.map((text): unknown => JSON.parse(text))
  return JSON.stringify({ ...(typeof value === 'object' ? value : {}), events })
}
