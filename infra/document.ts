/** The text of a policy, once all that it names is known. What it says stands in ./policies.ts alone. */
import { output, type Input, type Output, type Unwrap } from '@pulumi/pulumi'
import type { PolicyDocument } from './policy.ts'

/** What `policy` says of these inputs, as JSON. In a preview it is unknown as long as one of them is. */
export const documentOf = <T extends Readonly<Record<string, Input<unknown>>>>(
  inputs: T,
  policy: (of: Unwrap<T>) => PolicyDocument,
): Output<string> => output(inputs).apply((known) => textOf(policy(known)))

/** The same text for the same meaning: members and lists of names stand in the order of the alphabet. */
export const textOf = (document: PolicyDocument): string =>
  JSON.stringify(document, (_key, value: unknown) => inOrder(value))

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.every((one) => typeof one === 'string') ? value.toSorted() : value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
