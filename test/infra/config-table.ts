/** The table of docs/deploy.md: the stack's config as Pulumi.yaml declares it. Pure. */
import { projectFile, type Declared } from '../support/stack-config.ts'

/** Keys that are a provider's: Pulumi lets nobody describe them. */
const DESCRIBED: Readonly<Record<string, string>> = {
  'aws:region': 'Where repositories and tasks are.',
}

/** A row a key, in the file's order. */
export function configTable(): string {
  const rows = Object.entries(projectFile.config).map(([key, value]) => {
    const declared = typeof value === 'string' ? bare(key, value) : value
    return `| \`${key}\` | ${typeOf(declared)} | ${defaultOf(declared)} | ${cell(declared.description)} |`
  })
  return `| key | type | default | what it says |
| --- | --- | --- | --- |
${rows.join('\n')}`
}

const bare = (key: string, value: string): Declared => ({
  type: 'string',
  description: DESCRIBED[key] ?? '',
  default: value,
})

const typeOf = ({ type, items }: Declared): string =>
  type === 'array' ? `list of ${items?.type ?? 'string'}s` : type

function defaultOf({ default: value }: Declared): string {
  if (value === '' || (Array.isArray(value) && value.length === 0)) return ''
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}

const cell = (text: string): string => text.trim().replaceAll(/\s+/g, ' ').replaceAll('|', '\\|')
