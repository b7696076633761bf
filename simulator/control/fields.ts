/** Reads the fields of a JSON body; every problem is collected, so that all are named together. Pure. */
import type { Json } from '../marketplace/model.ts'
import { parseDuration } from './duration.ts'

/** What kind of value a field may hold; a wrong one is noted as a problem and read as undefined. */
export interface Fields {
  text(name: string): string | undefined
  flag(name: string): boolean | undefined
  number(name: string): number | undefined
  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined
  /** An ISO 8601 duration, as milliseconds. */
  duration(name: string): number | undefined
  raw(name: string): Json | undefined
  note(problem: string): void
  /** Every problem so far and every key that was not asked for; empty: all is well. */
  problems(): string
}

export const isFieldsBody = (value: unknown): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function fieldsOf(body: { readonly [key: string]: Json }): Fields {
  const asked = new Set<string>()
  const problems: string[] = []

  function raw(name: string): Json | undefined {
    asked.add(name)
    return Object.hasOwn(body, name) ? body[name] : undefined
  }

  /** `convert` answers undefined for what is not acceptable. */
  function read<T>(name: string, expected: string, convert: (value: Json) => T | undefined): T | undefined {
    const value = raw(name)
    if (value === undefined) return undefined
    const converted = convert(value)
    if (converted === undefined) problems.push(`"${name}" must be ${expected}.`)
    return converted
  }

  return {
    text: (name) => read(name, 'a text', (value) => (typeof value === 'string' ? value : undefined)),
    flag: (name) => read(name, 'true or false', (value) => (typeof value === 'boolean' ? value : undefined)),
    number: (name) => read(name, 'a number', (value) => (typeof value === 'number' ? value : undefined)),
    oneOf: (name, allowed) =>
      read(name, `one of ${allowed.map((each) => `"${each}"`).join(', ')}`, (value) =>
        allowed.find((each) => each === value),
      ),
    duration: (name) =>
      read(name, 'a duration in days or smaller as ISO 8601 writes it, such as "PT1H" or "P3D"', (value) =>
        typeof value === 'string' ? parseDuration(value) : undefined,
      ),
    raw,
    note: (problem) => problems.push(problem),
    problems() {
      const unknown = Object.keys(body).filter((key) => !asked.has(key))
      const known = [...asked].map((name) => `"${name}"`).join(', ')
      return [
        ...problems,
        ...unknown
          .slice(0, 5)
          .map((key) => `${JSON.stringify(key.slice(0, 60))} is not known here. Known are ${known}.`),
      ].join(' ')
    },
  }
}
