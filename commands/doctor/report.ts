/** The checks as lines for a person, or as one JSON value. Pure. */
import { exitOf, type Area, type Check } from './check.ts'

const TITLES: Readonly<Record<Area, string>> = {
  config: 'Config',
  aws: 'AWS',
  cloudflare: 'Cloudflare',
  outside: 'From outside',
}

const MARKS = { ok: 'ok    ', wrong: 'WRONG ', unseen: 'unseen' } as const

/** One line a check, its remedy below it. */
export function linesOf(checks: readonly Check[]): readonly string[] {
  const lines: string[] = []
  for (const area of Object.keys(TITLES) as Area[]) {
    const own = checks.filter((check) => check.area === area)
    if (own.length === 0) continue
    lines.push(TITLES[area], ...own.flatMap(lineOf), '')
  }
  return [...lines, sumOf(checks)]
}

function lineOf({ name, state, found, remedy }: Check): readonly string[] {
  const line = `  ${MARKS[state]}  ${name}: ${found}`
  return remedy === null ? [line] : [line, `          ${remedy.whose}: ${remedy.what}`]
}

function sumOf(checks: readonly Check[]): string {
  const count = (state: Check['state']): number => checks.filter((check) => check.state === state).length
  const parts = [
    `${count('wrong')} wrong`,
    ...(count('unseen') > 0 ? [`${count('unseen')} not looked at`] : []),
    `${count('ok')} ok`,
  ]
  return `${parts.join(', ')}.`
}

export const jsonOf = (stack: string, checks: readonly Check[]): string =>
  JSON.stringify({ stack, exit: exitOf(checks), checks })
