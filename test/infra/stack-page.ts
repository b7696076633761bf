/** docs/stack.md, of the plan alone: a picture by component and a table of every resource. Pure. */
import type { PolicyDocument, Statement } from '../../infra/policy.ts'
import type { Planned } from '../support/resource-monitor.ts'
import { byName, componentOf, kindOf, mermaidOf } from './graph.ts'

/** The whole page: nothing in it is written by hand. */
export function stackPage(planned: readonly Planned[]): string {
  const made = planned.filter(({ custom }) => custom)
  const components = [...new Set(made.map((one) => componentOf(one, planned)))].toSorted()
  return `# What the stack is made of

Written by \`node test/infra/pages.ts --write\` from the plan of \`seller.config.ts\` and a stack in which everything is switched on:
live, mail, all audiences of alarms, a service of the container, a publisher in CI. Yours has what its products and its config
need and nothing else. An arrow is a reference of one resource to another. No \`up\` deletes what is *protected*, and what is *kept*
also stays at AWS when [the stack is destroyed](deploy.md#teardown).

\`\`\`mermaid
${mermaidOf(planned)}
\`\`\`

Every queue and topic is encrypted with the stack's key. ${count(made.length, 'resource')} in ${count(components.length, 'component')}:

${components.map((component) => tableOf(component, made, planned)).join('\n\n')}
`
}

function tableOf(component: string, made: readonly Planned[], planned: readonly Planned[]): string {
  const rows = made
    .filter((one) => componentOf(one, planned) === component)
    .toSorted(byName)
    .map((one) => {
      const { title } = kindOf(one)
      const kept = one.protect ? (one.retainOnDelete ? 'kept' : 'protected') : ''
      return `| \`${one.name}\` | ${title} | ${whatOf(one)} | ${kept} |`
    })
  return `## ${component === '' ? 'Of the stack itself' : component}

| name | what | for | |
| --- | --- | --- | --- |
${rows.join('\n')}`
}

/** What the resource says of itself: in words, or by its IAM document; else what its type is for. */
function whatOf(one: Planned): string {
  const { alarmDescription, description, policy, assumeRolePolicy } = one.inputs
  const own = [alarmDescription, description].find((text) => typeof text === 'string' && text !== '')
  const text = typeof own === 'string' ? sentenceOf(own) : (rightsIn(policy) ?? trustIn(assumeRolePolicy))
  return (text ?? kindOf(one).what).replaceAll('|', '\\|')
}

/** The actions that an IAM document allows; and, of a document that names them, whom. */
function rightsIn(document: unknown): string | undefined {
  const statements = statementsIn(document)
  if (statements.length === 0) return undefined
  const actions = [...new Set(statements.flatMap(({ Action }) => [Action].flat()))]
  const whom = principalsIn(statements)
  return `${actions.map((action) => `\`${action}\``).join(', ')}${whom.length === 0 ? '' : `, for ${whom.join(', ')}`}`
}

/** Who may take on a role. */
function trustIn(document: unknown): string | undefined {
  const whom = principalsIn(statementsIn(document))
  return whom.length === 0 ? undefined : `taken on by ${whom.join(', ')}`
}

function statementsIn(document: unknown): readonly Statement[] {
  if (typeof document !== 'string') return []
  const { Statement = [] } = JSON.parse(document) as Partial<PolicyDocument>
  return Statement
}

function principalsIn(statements: readonly Statement[]): string[] {
  const named = statements.flatMap(({ Principal = {} }) =>
    Object.values<string | readonly string[]>(Principal).flat(),
  )
  return [...new Set(named)].map((whom) => `\`${whom}\``)
}

/** The first sentence, without its full stop and without whose it is. */
const sentenceOf = (text: string): string =>
  text
    .replace(/^Tollgate, \w+: /, '')
    .split('. ')[0]
    ?.replace(/\.$/, '') ?? text

const count = (many: number, what: string): string => `${many} ${what}${many === 1 ? '' : 's'}`
