/** Reading one object of a stack's outputs, member by member, each of its form or one sentence about it. Pure. */
import { member, objectOf } from '../../shared/aws/json.ts'
import type { MailOutputs } from '../../shared/stack.ts'
import { isPublicOrigin } from './origin.ts'

/** What Pulumi says in place of a secret unless it is asked to show them. */
const MASKED = '[secret]'

/** Reads members of one object; what does not fit is written to `wrong` and a value of its type is taken in its place. */
export function outputReader(from: object, path: string, wrong: string[]) {
  const complain = (key: string, value: unknown, example: string, secret = false): void => {
    if (value === MASKED) {
      wrong.push(
        `output ${path}${key} is masked: take the outputs by \`pulumi stack output --json --show-secrets\``,
      )
      return
    }
    const got = value === undefined ? 'is missing' : secret ? 'does not have its form' : `is ${shown(value)}`
    wrong.push(
      `output ${path}${key} ${got}; it is such as ${example}: run \`npm run up\` again with this version`,
    )
  }
  const text = (key: string, form: RegExp, example: string, secret = false): string => {
    const value = member(from, key)
    if (typeof value === 'string' && form.test(value)) return value
    complain(key, value, example, secret)
    return ''
  }
  const nullable = <T>(key: string, of: (value: object) => T): T | null => {
    const value = member(from, key)
    // Pulumi's state need not keep what is null.
    if (value === null || value === undefined) return null
    const nested = objectOf(value)
    if (nested !== undefined) return of(nested)
    complain(key, value, '{…} or null', true)
    return null
  }
  return {
    text,
    nullable,
    textOrNull: (key: string, form: RegExp, example: string): string | null =>
      (member(from, key) ?? null) === null ? null : text(key, form, `${example} or null`),
    oneOf: <T extends string>(key: string, all: readonly [T, ...T[]]): T => {
      const value = member(from, key)
      const found = all.find((one) => one === value)
      if (found === undefined) complain(key, value, all.join(' or '))
      return found ?? all[0]
    },
    origin: (key: string): string => {
      const value = member(from, key)
      if (typeof value === 'string' && isPublicOrigin(value)) return value
      complain(key, value, 'https://buy.example.com, an origin without a slash at its end')
      return ''
    },
    nested: <T>(key: string, of: (value: object) => T, otherwise: T): T => {
      const value = objectOf(member(from, key))
      if (value !== undefined) return of(value)
      complain(key, member(from, key), '{…}', true)
      return otherwise
    },
    list: (
      key: string,
      form: RegExp,
      { secret = false, min = 0, max = 1_000 }: { secret?: boolean; min?: number; max?: number } = {},
    ): readonly string[] => {
      const value = member(from, key)
      const fits =
        Array.isArray(value) &&
        value.length >= min &&
        value.length <= max &&
        value.every((one) => typeof one === 'string' && form.test(one))
      if (fits) return value as readonly string[]
      complain(key, value, `a list of ${min} to ${max} texts of its form`, secret)
      return []
    },
    texts: (key: string): Readonly<Record<string, string>> => {
      const value = objectOf(member(from, key))
      if (value !== undefined && Object.values(value).every((one) => typeof one === 'string'))
        return value as Readonly<Record<string, string>>
      complain(key, member(from, key), '{"product": "repository"}')
      return {}
    },
    records: (key: string): MailOutputs['dnsRecords'] => {
      const value = member(from, key)
      const fits =
        Array.isArray(value) &&
        value.every(
          (one) =>
            typeof member(objectOf(one), 'name') === 'string' &&
            typeof member(objectOf(one), 'value') === 'string',
        )
      if (fits) return value as MailOutputs['dnsRecords']
      complain(key, value, '[{"name": "…", "value": "…"}]')
      return []
    },
  }
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}
