/** Checks of a value nobody has looked at yet: each finding names the field, what it got and the remedy. Pure. */

/** One mistake. `remedy` is a sentence or two with an example. */
export interface Finding {
  readonly path: string
  readonly got: string
  readonly remedy: string
}

export type Report = (path: string, got: unknown, remedy: string) => void

export type Check = (value: unknown, path: string, report: Report) => void

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What was found, short enough for a line. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') {
    const line = value.replaceAll(/\p{Cc}/gu, '?')
    return `'${line.length > 60 ? `${line.slice(0, 57)}...` : line}'`
  }
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value)
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** An object with these fields and no others. */
export const record =
  (fields: Readonly<Record<string, Check>>, remedy: string): Check =>
  (value, path, report) => {
    if (!isRecord(value)) return report(path, value, remedy)
    for (const [name, check] of Object.entries(fields)) check(value[name], below(path, name), report)
    for (const name of Object.keys(value)) {
      if (Object.hasOwn(fields, name)) continue
      const known = Object.keys(fields).join(', ')
      report(
        below(path, name),
        value[name],
        `There is no such field here. Remove it, or use one of: ${known}.`,
      )
    }
  }

/** An object whose keys the seller chooses. */
export const dictionary =
  (key: RegExp, item: Check, remedy: string): Check =>
  (value, path, report) => {
    if (!isRecord(value)) return report(path, value, remedy)
    for (const [name, entry] of Object.entries(value)) {
      if (key.test(name)) item(entry, below(path, name), report)
      else report(below(path, name), name, `The name must match ${key.source}. ${remedy}`)
    }
  }

/** A list of `min` to `max` items. */
export const list =
  (item: Check, min: number, max: number, remedy: string): Check =>
  (value, path, report) => {
    if (!Array.isArray(value) || value.length < min || value.length > max) return report(path, value, remedy)
    value.forEach((entry, i) => item(entry, `${path}[${i}]`, report))
  }

/** Text that matches. */
export const pattern =
  (form: RegExp, remedy: string): Check =>
  (value, path, report) => {
    if (typeof value !== 'string' || !form.test(value)) report(path, value, remedy)
  }

/** Text of 1 to `max` characters that AWS takes: no space in front, no control characters. */
export const text =
  (max: number, remedy: string): Check =>
  (value, path, report) => {
    const fits = typeof value === 'string' && value.length <= max && /^[^\s\p{Cc}][^\p{Cc}]*$/u.test(value)
    if (!fits) report(path, value, `${remedy} At most ${max} characters on one line, no space in front.`)
  }

export const oneOf =
  (words: readonly string[], remedy: string): Check =>
  (value, path, report) => {
    if (typeof value !== 'string' || !words.includes(value)) {
      report(path, value, `Use one of: ${words.map((word) => `'${word}'`).join(', ')}. ${remedy}`)
    }
  }

export const integer =
  (min: number, max: number, remedy: string): Check =>
  (value, path, report) => {
    if (!Number.isSafeInteger(value) || Number(value) < min || Number(value) > max) {
      report(path, value, `Give a whole number from ${min} to ${max}. ${remedy}`)
    }
  }

export const flag =
  (remedy: string): Check =>
  (value, path, report) => {
    if (typeof value !== 'boolean') report(path, value, `Give true or false. ${remedy}`)
  }

/** Decimal text with at most `places` decimals; a number is refused, for 0.1 + 0.2 is not 0.3. */
export const decimal = (places: number, example: string): Check =>
  pattern(
    new RegExp(`^\\d{1,12}(\\.\\d{1,${places}})?$`),
    `Give digits as text, with a point and at most ${places} decimals. Example: ${example}.`,
  )

export const optional =
  (check: Check): Check =>
  (value, path, report) => {
    if (value !== undefined) check(value, path, report)
  }

/** Whichever check `choose` names for this value. */
export const either =
  (choose: (value: unknown) => Check): Check =>
  (value, path, report) =>
    choose(value)(value, path, report)

const below = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)
