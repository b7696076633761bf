/** CloudWatch over the query protocol: numbered members in, the same value as by JSON out. Pure. Source: API_PutMetricData. */
import type { Json } from '../marketplace/model.ts'
import { CLOUDWATCH as SERVICE } from './catalog.ts'
import type { QueryService } from './query.ts'

export const CLOUDWATCH: QueryService = {
  signedAs: SERVICE.signedAs,
  version: '2010-08-01',
  namespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
  operations: SERVICE.operations,
  codes: {
    InvalidParameterValueException: 'InvalidParameterValue',
    InvalidParameterCombinationException: 'InvalidParameterCombination',
    MissingRequiredParameterException: 'MissingParameter',
    InternalServiceErrorException: 'InternalServiceError',
  },
  read(form) {
    const root: Nested = {}
    for (const [name, text] of form) place(root, name.split('.', DEEPEST), text)
    return valueOf(root, '')
  },
  tell: () => undefined,
}

/** `MetricData.member.1.Dimensions.member.1.Name`. */
const DEEPEST = 7

interface Nested {
  [name: string]: Nested | string
}

/** `MetricData.member.1.Value` deep in the tree; what contradicts itself is left out. */
function place(tree: Nested, [name = '', ...rest]: readonly string[], text: string): void {
  if (rest.length === 0) {
    if (!Object.hasOwn(tree, name)) Object.defineProperty(tree, name, { value: text, enumerable: true })
    return
  }
  if (!Object.hasOwn(tree, name)) Object.defineProperty(tree, name, { value: {}, enumerable: true })
  const next = tree[name]
  if (typeof next === 'object') place(next, rest, text)
}

const NUMBERS: ReadonlySet<string> = new Set([
  'Value',
  'StorageResolution',
  'SampleCount',
  'Sum',
  'Minimum',
  'Maximum',
  'Values',
  'Counts',
])

/** A form's texts as JSON has them: numbers, instants in seconds, `member.N` as a list. What is none of it stays text. */
function valueOf(value: Nested | string, name: string): Json {
  if (typeof value === 'string') {
    const seconds = name === 'Timestamp' ? Date.parse(value) / 1_000 : Number(value)
    const isNumber = (name === 'Timestamp' || NUMBERS.has(name)) && value.trim() !== ''
    return isNumber && Number.isFinite(seconds) ? seconds : value
  }
  const { member } = value
  if (typeof member === 'object' && Object.keys(value).length === 1)
    return Object.entries(member)
      .toSorted(([a], [b]) => Number(a) - Number(b))
      .map(([, item]) => valueOf(item, typeof item === 'string' ? name : ''))
  return Object.fromEntries(Object.entries(value).map(([each, inner]) => [each, valueOf(inner, each)]))
}
