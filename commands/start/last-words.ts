/** What a process of ours said last before it ended, in one line for a person. Pure. */

/** Node prints a stack after the message: the line that names the error is the one a person wants. */
export function lastWords(lines: readonly string[]): string {
  const named = lines.findLast((line) => /^\w*Error\b|^tollgate|^simulator/.test(line))
  const said = named ?? lines.findLast((line) => line.trim() !== '')
  if (said === undefined) return ''
  return `: ${said}${/Cannot find (?:module|package)/.test(said) ? `; ${REMEDY}` : ''}`
}

/** Something that was imported is not there: it was installed badly, or it is a file of the project. */
const REMEDY = 'run `npm ci`, and restore the file if `git status` says that it is deleted'
