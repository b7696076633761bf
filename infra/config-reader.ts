/**
 * Reads the stack's config key by key and remembers every mistake: the key, what it got, what to give instead and a command
 * that gives it. What a key is by default stands in Pulumi.yaml alone; empty there is not set.
 */
import { nearestTo } from './nearest.ts'

/** What a text has to look like. `remedy` is a sentence: what to give. */
export interface Form {
  readonly fits: (text: string) => boolean
  readonly remedy: string
}

export const form = (pattern: RegExp, remedy: string): Form => ({
  fits: (text) => pattern.test(text),
  remedy,
})

export const choiceOf = (choices: readonly string[]): Form => ({
  fits: (text) => choices.includes(text),
  remedy: choices.length === 0 ? 'There is none to choose here.' : `Give ${choices.join(' or ')}.`,
})

export class ConfigReader {
  readonly mistakes: string[] = []
  /** Keys that were asked for, without their project. */
  readonly known = new Set<string>()
  private readonly project: string
  private readonly all: Readonly<Record<string, string>>

  constructor(project: string, all: Readonly<Record<string, string>>) {
    this.project = project
    this.all = all
  }

  optional(key: string, { fits, remedy }: Form, example: string): string | null {
    const text = this.textOf(key)
    if (text === null || fits(text)) return text
    this.wrong(key, text, remedy, example)
    return null
  }

  /** An empty text stands for a mistake. */
  required(key: string, wanted: Form, example: string): string {
    if (this.textOf(key) === null) this.wrong(key, null, wanted.remedy, example)
    return this.optional(key, wanted, example) ?? ''
  }

  choice<T extends string>(key: string, choices: readonly [T, ...T[]]): T {
    const text = this.required(key, choiceOf(choices), choices[0])
    return choices.find((choice) => choice === text) ?? choices[0]
  }

  /** A whole number from `min` to `max`. */
  number(key: string, min: number, max: number, example: number): number {
    const fits = (text: string) => /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max
    return Number(
      this.required(key, { fits, remedy: `Give a whole number from ${min} to ${max}.` }, `${example}`),
    )
  }

  numberOf(key: string, choices: readonly number[], example: number): number {
    return Number(this.required(key, choiceOf(choices.map(String)), `${example}`))
  }

  list(key: string, { fits, remedy }: Form, example: string): readonly string[] {
    const text = this.textOf(key)
    const items = text === null ? [] : listIn(text)
    const isRight = items?.every(fits) ?? false
    if (isRight) return items ?? []
    const wrong = items?.find((item) => !fits(item)) ?? text
    this.wrong(
      key,
      wrong,
      items === null ? `Give a list. ${remedy}` : remedy,
      example,
      // A path alone takes the 12 digits of an account for a number, which Pulumi itself then refuses.
      `--type string --path '${this.full(key)}[0]'`,
    )
    return []
  }

  /** A list of `name=value`: each name once. */
  named(key: string, name: Form, value: Form, example: string): Readonly<Record<string, string>> {
    const pairOf = (item: string): readonly [string, string] => {
      const at = item.indexOf('=')
      return [item.slice(0, Math.max(at, 0)), item.slice(at + 1)]
    }
    const fits = (item: string) => name.fits(pairOf(item)[0]) && value.fits(pairOf(item)[1])
    const remedy = `Give NAME=VALUE. As the name: ${name.remedy} As the value: ${value.remedy}`
    const pairs = this.list(key, { fits, remedy }, example).map(pairOf)
    const twice = pairs.find(([one], index) => pairs.findIndex(([other]) => other === one) !== index)
    if (twice !== undefined) this.wrong(key, twice.join('='), 'Name each only once.', example)
    return Object.fromEntries(pairs)
  }

  /** Tells of a mistake that no form sees. */
  wrong(key: string, got: string | null, remedy: string, example: string, set = this.full(key)): void {
    const found = got === null ? 'nothing' : `'${got.length > 80 ? `${got.slice(0, 77)}...` : got}'`
    this.mistakes.push(
      `${this.full(key)}: got ${found}. ${remedy} For example: pulumi config set ${set} ${quoted(example)}`,
    )
  }

  /** Names the keys of the project that nobody asked for. */
  refuseUnknown(): void {
    for (const full of Object.keys(this.all)) {
      const [project, key] = [full.slice(0, full.indexOf(':')), full.slice(full.indexOf(':') + 1)]
      if (project !== this.project || this.known.has(key)) continue
      const near = nearestTo(key, [...this.known])
      const meant =
        near === null ? 'Pulumi.yaml names those there are.' : `The nearest is ${this.full(near)}.`
      this.mistakes.push(`${full}: there is no such key. ${meant} Take it out: pulumi config rm ${full}`)
    }
  }

  private textOf(key: string): string | null {
    this.known.add(key)
    const text = this.all[this.full(key)]?.trim() ?? ''
    return text === '' ? null : text
  }

  private readonly full = (key: string): string => (key.includes(':') ? key : `${this.project}:${key}`)
}

/** Null: it is no list of texts. */
function listIn(text: string): readonly string[] | null {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : null
  } catch {
    return null
  }
}

const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text}'`)
