/** The stack's config as the CLI hands it to the program: Pulumi.yaml's defaults, and over them what a stack sets. */
import { parse } from 'yaml'
import { REGION } from './computed.ts'
import { textOf } from './repository.ts'

export interface Declared {
  readonly type: 'string' | 'integer' | 'boolean' | 'array'
  readonly description: string
  readonly default: string | number | boolean | readonly string[]
  readonly items?: { readonly type: string }
}

interface ProjectFile {
  readonly name: string
  readonly runtime: { readonly name: string; readonly options: Readonly<Record<string, unknown>> }
  readonly main: string
  readonly config: Readonly<Record<string, Declared | string>>
}

export const projectFile: ProjectFile = parse(textOf('Pulumi.yaml'))

/** The keys of our own project, as they are declared. */
export const declared: Readonly<Record<string, Declared>> = Object.fromEntries(
  Object.entries(projectFile.config).flatMap(([key, value]) =>
    typeof value === 'string' ? [] : [[key, value]],
  ),
)

export type Given = Readonly<Record<string, string | number | readonly string[]>>

/** Every key with its project; what is no text is JSON. Keys without a project are our own. */
export function stackConfig(given: Given = {}): Record<string, string> {
  const defaults = Object.entries(declared).map(([key, value]) => [key, value.default])
  const all = { 'aws:region': REGION, ...Object.fromEntries(defaults), ...given }
  return Object.fromEntries(
    Object.entries(all).map(([key, value]) => [
      key.includes(':') ? key : `${projectFile.name}:${key}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  )
}
