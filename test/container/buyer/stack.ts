/** A CloudFormation template with its parameters filled in and its functions replaced, as far as ours go. Anything else throws. */

export interface Template {
  readonly Parameters: Readonly<Record<string, { readonly Type: string; readonly Default?: string }>>
  readonly Conditions: Readonly<Record<string, unknown>>
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: unknown }>>
}

const NOTHING = Symbol('AWS::NoValue')
const PSEUDO: Readonly<Record<string, unknown>> = {
  'AWS::Region': 'us-east-1',
  'AWS::Partition': 'aws',
  'AWS::AccountId': '111122223333',
  'AWS::NoValue': NOTHING,
}

/** Each resource's type and properties. Every parameter needs a value of its own or a default. */
export function fillIn(template: Template, given: Readonly<Record<string, string>>) {
  const parameter = (name: string): unknown => {
    const declared = template.Parameters[name]
    const value = given[name] ?? declared?.Default
    if (declared === undefined || value === undefined) throw new Error(`${name} has no value`)
    if (declared.Type === 'Number') return Number(value)
    return declared.Type.startsWith('List<') ? value.split(',') : value
  }
  const refer = (name: string): unknown => {
    if (Object.hasOwn(PSEUDO, name)) return PSEUDO[name]
    return name in template.Resources ? `made-${name}` : parameter(name)
  }
  const made = (name: string): string => {
    if (!(name in template.Resources)) throw new Error(`there is no ${name}`)
    return `arn:aws:iam::111122223333:role/${name}`
  }
  const filled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(filled).filter((one) => one !== NOTHING)
    if (typeof value !== 'object' || value === null) return value
    const [[name, inner] = ['', undefined], ...others] = Object.entries(value) as [string, unknown][]
    if (others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) return called(name, inner)
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, one]: [string, unknown]) => [key, filled(one)] as const)
        .filter(([, one]) => one !== NOTHING),
    )
  }
  const called = (name: string, inner: unknown): unknown => {
    const list = Array.isArray(inner) ? inner : [inner]
    switch (name) {
      case 'Ref':
        return refer(String(inner))
      case 'Fn::GetAtt':
        return made(String(list[0]))
      case 'Fn::Sub':
        return String(inner).replaceAll(/\$\{([\w:]+)\}/g, (_, one: string) => String(refer(one)))
      case 'Fn::If':
        return filled(filled(template.Conditions[String(list[0])]) === true ? list[1] : list[2])
      case 'Fn::Not':
        return filled(list[0]) !== true
      case 'Fn::Equals':
        return filled(list[0]) === filled(list[1])
      default:
        throw new Error(`${name} is not known here`)
    }
  }
  return Object.entries(template.Resources).map(([name, { Type, Properties }]) => ({
    name,
    type: Type,
    properties: filled(Properties) as object,
  }))
}
