/** The form of an IAM document and of its statements. Pure; what each says stands in ./policies.ts alone. */

export interface PolicyDocument {
  readonly Version: '2012-10-17'
  readonly Statement: readonly Statement[]
}

export interface Statement {
  readonly Sid: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?:
    | { readonly AWS: string | readonly string[] }
    | { readonly Service: string }
    | { readonly Federated: string }
  readonly Action: string | readonly string[]
  readonly Resource?: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

/** A document of these statements. */
export const policyOf = (...Statement: Statement[]): PolicyDocument => ({ Version: '2012-10-17', Statement })

/** One statement that allows. `sid`: letters and digits. */
export const allow = (sid: string, rest: Omit<Statement, 'Sid' | 'Effect'>): Statement => ({
  Sid: sid,
  Effect: 'Allow',
  ...rest,
})
