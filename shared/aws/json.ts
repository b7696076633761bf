/** Reading members of JSON nobody vouches for. Pure; never throws, never looks at the prototype. */

/** The value itself where it is a JSON object, else undefined. */
export function objectOf(value: unknown): object | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
}

/** The text as a JSON object; undefined when it is none. */
export function parseObject(text: string): object | undefined {
  try {
    return objectOf(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** An own member of an object; undefined where there is none. */
export function member(of: object | undefined, name: string): unknown {
  return of !== undefined && Object.hasOwn(of, name) ? Reflect.get(of, name) : undefined
}

/** An own member that is a text of 1 to 16 384 characters a database takes, else undefined: nothing of AWS's is other. */
export function textMember(of: object | undefined, name: string): string | undefined {
  const value = member(of, name)
  if (typeof value !== 'string' || value.length === 0 || value.length > 16_384) return undefined
  return value.isWellFormed() && !value.includes('\0') ? value : undefined
}

/** An own member that is a safe integer, else undefined. */
export function integerMember(of: object | undefined, name: string): number | undefined {
  const value = member(of, name)
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
}

/** An own member that is a list; absent or null counts as empty, anything else is undefined. */
export function listMember(of: object | undefined, name: string): readonly unknown[] | undefined {
  const value = member(of, name)
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : undefined
}
