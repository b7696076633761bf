/** The stack's config as Pulumi.yaml declares it: its defaults, and the table of docs/deploy.md. Pure. */
import { parse } from 'yaml'

interface Declared {
  readonly type?: string
  readonly items?: { readonly type?: string }
  readonly description?: string
  readonly default?: unknown
}

/** Keys that are a provider's: Pulumi lets nobody describe them. */
const DESCRIBED: Readonly<Record<string, string>> = {
  'aws:region': 'Where repositories and tasks are.',
}

/** What the program reads where nothing was set: each key with its project, and its text. */
export function defaultsIn(pulumiYaml: string): Record<string, string> {
  return Object.fromEntries(
    declaredIn(pulumiYaml).map(([key, { default: value }]) => [
      key.includes(':') ? key : `tollgate:${key}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  )
}

/** A row a key, in the file's order. */
export function configTable(pulumiYaml: string): string {
  const rows = declaredIn(pulumiYaml).map(
    ([key, declared]) =>
      `| \`${key}\` | ${typeOf(declared)} | ${defaultOf(declared)} | ${cell(declared.description ?? DESCRIBED[key] ?? '')} |`,
  )
  return `| key | type | default | what it says |
| --- | --- | --- | --- |
${rows.join('\n')}`
}

function declaredIn(pulumiYaml: string): (readonly [string, Declared])[] {
  const { config } = parse(pulumiYaml) as { readonly config: Readonly<Record<string, Declared | string>> }
  return Object.entries(config).map(([key, declared]) => [
    key,
    typeof declared === 'string' ? { default: declared } : declared,
  ])
}

const typeOf = ({ type = 'string', items }: Declared): string =>
  type === 'array' ? `list of ${items?.type ?? 'string'}s` : type

function defaultOf({ default: value }: Declared): string {
  if (value === '' || (Array.isArray(value) && value.length === 0)) return ''
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}

const cell = (text: string): string => text.trim().replaceAll(/\s+/g, ' ').replaceAll('|', '\\|')
