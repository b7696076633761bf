/** A text of several SQL statements, as D1 takes it, one by one. Knows drizzle's files: no trigger stands in them. */
export const statementsOf = (text: string): readonly string[] =>
  text
    .split('--> statement-breakpoint')
    .flatMap((part) => part.split(/;\s*(?:\n|$)/))
    .map((one) => one.trim())
    .filter((one) => one !== '')
