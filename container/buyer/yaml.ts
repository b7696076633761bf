/** Plain values as YAML that both YAML 1.1 and 1.2 read as the same values: CloudFormation and Helm read 1.1. Pure. */

export type Plain =
  | string
  | number
  | boolean
  | readonly Plain[]
  | { readonly [name: string]: Plain | undefined }

/** The value as a document, without a line for what is undefined. */
export const toYaml = (value: Plain): string => `${lines(value).join('\n')}\n`

function lines(value: Plain): string[] {
  if (isList(value)) {
    return value.length === 0 ? ['[]'] : value.flatMap((one) => prefixed('- ', '  ', lines(one)))
  }
  if (typeof value !== 'object') return [scalar(value)]
  const entries = Object.entries(value).filter((entry): entry is [string, Plain] => entry[1] !== undefined)
  if (entries.length === 0) return ['{}']
  return entries.flatMap(([name, one]) => {
    const inner = lines(one)
    const onOneLine = inner.length === 1 && (typeof one !== 'object' || isEmpty(one))
    if (onOneLine) return [`${scalar(name)}: ${inner[0]}`]
    return [`${scalar(name)}:`, ...inner.map((line) => `  ${line}`)]
  })
}

const isList = (value: Plain): value is readonly Plain[] => Array.isArray(value)
const isEmpty = (value: object): boolean => Object.keys(value).length === 0

const prefixed = (first: string, others: string, block: readonly string[]): string[] =>
  block.map((line, i) => (i === 0 ? first : others) + line)

/** Bare only where no reader takes it for something else: no `no`, no `12`, no `2010-09-09`, no `a: b`. */
function scalar(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value)
  const bare = /^[A-Za-z/$][\w./$-]*(?: [\w./$-]+)*$/.test(value)
  const taken = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf|~)$/i.test(value)
  return bare && !taken ? value : JSON.stringify(value)
}
