/**
 * Renders a chart's templates as Helm does, as far as our charts go: values, `if`, `else`, `end`, and the functions
 * `quote`, `toYaml`, `nindent`. Anything else throws.
 */
import { stringify } from 'yaml'

export interface Release {
  readonly name: string
  readonly values: unknown
}

type Token = { readonly text: string } | { readonly action: string }

/** The text of one template. */
export function render(template: string, release: Release): string {
  const tokens = tokensOf(template)
  const out: string[] = []
  /** Of each open `if`: whether its part is written, and whether one was. */
  const open: { writes: boolean; wrote: boolean }[] = []
  for (const token of tokens) {
    const writes = open.every((one) => one.writes)
    if ('text' in token) {
      if (writes) out.push(token.text)
      continue
    }
    const [word = '', ...rest] = token.action.split(/\s+/)
    const top = open.at(-1)
    if (word === 'if') {
      const truth = isTrue(valueOf(rest.join(' '), release))
      open.push({ writes: truth, wrote: truth })
    } else if (word === 'else' && top && rest.length === 0) {
      top.writes = !top.wrote
      top.wrote = true
    } else if (word === 'end') {
      if (open.pop() === undefined) throw new Error('an end without an if')
    } else if (writes) out.push(evaluate(token.action, release))
  }
  if (open.length > 0) throw new Error('an if without an end')
  return out.join('')
}

/** Text and actions; `{{-` and `-}}` take the space beside them away. */
function tokensOf(template: string): Token[] {
  const tokens: Token[] = []
  let rest = template
  for (;;) {
    const found = /\{\{(-?)\s*(.*?)\s*(-?)\}\}/s.exec(rest)
    if (!found) return [...tokens, { text: rest }]
    const [whole, left, action = '', right] = found
    const before = rest.slice(0, found.index)
    const after = rest.slice(found.index + whole.length)
    tokens.push({ text: left ? before.trimEnd() : before }, { action })
    rest = right ? after.trimStart() : after
  }
}

function evaluate(action: string, release: Release): string {
  const [first = '', ...pipes] = action.split(/\s*\|\s*/)
  const called = /^toYaml (\S+)$/.exec(first)?.[1]
  let text = called === undefined ? textOf(first, release) : stringify(valueOf(called, release)).trimEnd()
  for (const pipe of pipes) {
    const [name, argument] = pipe.split(' ')
    if (name === 'quote') text = JSON.stringify(text)
    else if (name === 'nindent') text = `\n${text.replaceAll(/^/gm, ' '.repeat(Number(argument)))}`
    else throw new Error(`the function ${name} is not known here`)
  }
  return text
}

function textOf(path: string, release: Release): string {
  const value = valueOf(path, release)
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return `${value}`
  throw new Error(`${path} is no text`)
}

function valueOf(path: string, { name, values }: Release): unknown {
  if (path === '.Release.Name') return name
  if (!/^\.Values(\.\w+)+$/.test(path)) throw new Error(`${path} is not known here`)
  return path
    .split('.')
    .slice(2)
    .reduce<unknown>((value, step) => {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
        throw new Error(`values.yaml has no ${path}`)
      return (value as Record<string, unknown>)[step]
    }, values)
}

/** Go's truth: what is empty is false. */
const isTrue = (value: unknown): boolean =>
  typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value)
