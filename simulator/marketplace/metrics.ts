/** CloudWatch as far as PutMetricData: what it refuses, and the last values of each metric, to be read. Pure. */
import { DAY_MS, HOUR_MS } from '../../shared/hour.ts'
import { err, ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { ApiCall } from './commands.ts'
import { keepLast, own } from './draft.ts'
import type { Draft } from './draft.ts'
import type { Json } from './model.ts'
import type { ApiRefusal, JsonObject } from './shape.ts'
import { isObject, member } from './shape.ts'

/** One metric: namespace, name and dimensions tell it from others. */
export interface Metric {
  readonly namespace: string
  readonly name: string
  readonly dimensions: { readonly [name: string]: string }
  readonly unit: string
  /** The last that came, the newest last. Business time, epoch ms; the mean where several values came as one. */
  readonly points: { readonly at: number; readonly value: number }[]
}

const METRICS_MAX = 500
const POINTS_MAX = 20

/** Source: API_PutMetricData, API_MetricDatum, API_Dimension (2026-11-21). */
const DATA_MAX = 1_000
const DIMENSIONS_MAX = 30
const VALUES_MAX = 150
const NAME_MAX = 255
const DIMENSION_VALUE_MAX = 1_024
const VALUE_MAX = 2 ** 360
const PAST_MS = 14 * DAY_MS
const AHEAD_MS = 2 * HOUR_MS
const SIZES = ['', 'Kilo', 'Mega', 'Giga', 'Tera']
const UNITS: ReadonlySet<string> = new Set([
  'Seconds',
  'Microseconds',
  'Milliseconds',
  'Percent',
  'Count',
  'Count/Second',
  'None',
  ...['', '/Second'].flatMap((per) =>
    ['Bytes', 'Bits'].flatMap((what) =>
      SIZES.map((size) => `${size === '' ? what : `${size}${what.toLowerCase()}`}${per}`),
    ),
  ),
])

/**
 * All of the data or nothing. Kept while the simulator runs and not on disk: a value is of its minute, and the next tells
 * how things stand.
 */
export function putMetricData(draft: Draft, { input }: ApiCall): Result<Json, ApiRefusal> {
  const request = isObject(input) ? input : {}
  const namespace = member(request, 'Namespace')
  if (namespace === undefined) return missing('Namespace')
  if (typeof namespace !== 'string' || !/^[^:][\w.\-/#: ]{0,254}$/.test(namespace))
    return invalid('Namespace')
  if (namespace.startsWith('AWS/')) return invalid('Namespace', 'AWS/')
  const list = member(request, 'MetricData')
  if (list === undefined || (Array.isArray(list) && list.length === 0)) return missing('MetricData')
  if (!Array.isArray(list) || list.length > DATA_MAX) return invalid('MetricData')
  const read: Omit<Read, 'namespace'>[] = []
  for (const [at, datum] of list.entries()) {
    const one = readDatum(isObject(datum) ? datum : {}, `MetricData.member.${at + 1}`, draft.times.business)
    if (!one.ok) return one
    read.push(one.value)
  }
  for (const one of read) keep(draft.state.metrics, { ...one, namespace })
  return ok({})
}

type Read = Omit<Metric, 'points'> & Metric['points'][number]

function readDatum(
  datum: JsonObject,
  where: string,
  business: number,
): Result<Omit<Read, 'namespace'>, ApiRefusal> {
  const name = member(datum, 'MetricName')
  if (name === undefined) return missing(`${where}.MetricName`)
  if (!isName(name)) return invalid(`${where}.MetricName`)
  const unit = member(datum, 'Unit') ?? 'None'
  if (typeof unit !== 'string' || !UNITS.has(unit)) return invalid(`${where}.Unit`)
  const resolution = member(datum, 'StorageResolution') ?? 60
  if (resolution !== 1 && resolution !== 60) return invalid(`${where}.StorageResolution`)
  const dimensions = readDimensions(member(datum, 'Dimensions') ?? [], `${where}.Dimensions`)
  if (!dimensions.ok) return dimensions
  const stamp = member(datum, 'Timestamp')
  const at =
    stamp === undefined ? business : typeof stamp === 'number' ? Math.round(stamp * 1_000) : Number.NaN
  if (!(at >= business - PAST_MS && at <= business + AHEAD_MS)) return invalid(`${where}.Timestamp`)
  const value = readValue(datum, where)
  return value.ok ? ok({ name, unit, dimensions: dimensions.value, at, value: value.value }) : value
}

function readDimensions(list: Json, where: string): Result<{ [name: string]: string }, ApiRefusal> {
  if (!Array.isArray(list) || list.length > DIMENSIONS_MAX) return invalid(where)
  const dimensions = new Map<string, string>()
  for (const [at, dimension] of list.entries()) {
    const one = isObject(dimension) ? dimension : {}
    const [name, value] = [member(one, 'Name'), member(one, 'Value')]
    const isValue =
      typeof value === 'string' && value.length <= DIMENSION_VALUE_MAX && /^[ -~]*[!-~][ -~]*$/.test(value)
    if (!isName(name) || name.startsWith(':')) return invalid(`${where}.member.${at + 1}.Name`)
    if (!isValue) return invalid(`${where}.member.${at + 1}.Value`)
    dimensions.set(name, value)
  }
  return ok(Object.fromEntries(dimensions))
}

/** One value, a summary, or values with their counts: exactly one of them. */
function readValue(datum: JsonObject, where: string): Result<number, ApiRefusal> {
  const [value, summary, values] = ['Value', 'StatisticValues', 'Values'].map((name) => member(datum, name))
  const given = [value, summary, values].filter((one) => one !== undefined)
  if (given.length === 0) return missing(`${where}.Value`)
  if (given.length > 1)
    return err({
      code: 'InvalidParameterCombinationException',
      message: `The parameters ${where}.Value, ${where}.Values and ${where}.StatisticValues are mutually exclusive and you have specified more than one.`,
    })
  if (value !== undefined) return isValue(value) ? ok(value) : invalid(`${where}.Value`)
  if (values !== undefined) return meanOf(values, member(datum, 'Counts'), where)
  const [count, sum, low, high] = ['SampleCount', 'Sum', 'Minimum', 'Maximum'].map((name) =>
    isObject(summary) ? member(summary, name) : undefined,
  )
  const isWhole = isValue(count) && count > 0 && isValue(sum) && isValue(low) && isValue(high)
  return isWhole ? ok(sum / count) : invalid(`${where}.StatisticValues`)
}

function meanOf(values: Json, counts: Json | undefined, where: string): Result<number, ApiRefusal> {
  if (!Array.isArray(values) || values.length === 0 || values.length > VALUES_MAX)
    return invalid(`${where}.Values`)
  const weights = counts ?? values.map(() => 1)
  if (!Array.isArray(weights) || weights.length !== values.length) return invalid(`${where}.Counts`)
  let [sum, count] = [0, 0]
  for (const [at, value] of values.entries()) {
    const weight = weights[at]
    if (!isValue(value)) return invalid(`${where}.Values`)
    if (!isValue(weight) || weight < 0) return invalid(`${where}.Counts`)
    sum += value * weight
    count += weight
  }
  return count > 0 ? ok(sum / count) : invalid(`${where}.Counts`)
}

const isName = (value: Json | undefined): value is string =>
  typeof value === 'string' && value.length <= NAME_MAX && /^[ -~]*[!-~][ -~]*$/.test(value)

const isValue = (value: Json | undefined): value is number =>
  typeof value === 'number' && Math.abs(value) <= VALUE_MAX

/** Beyond what is kept, the metric that was silent longest goes. */
function keep(
  metrics: { [key: string]: Metric },
  { namespace, name, dimensions, unit, at, value }: Read,
): void {
  const sorted = Object.entries(dimensions).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const key = JSON.stringify([namespace, name, ...sorted.flat()])
  const points = own(metrics, key)?.points ?? []
  keepLast(points, { at, value }, POINTS_MAX)
  Reflect.deleteProperty(metrics, key)
  metrics[key] = { namespace, name, dimensions: Object.fromEntries(sorted), unit, points }
  const [oldest, ...others] = Object.keys(metrics)
  if (oldest !== undefined && others.length >= METRICS_MAX) Reflect.deleteProperty(metrics, oldest)
}

const missing = (what: string): Result<never, ApiRefusal> =>
  err({ code: 'MissingRequiredParameterException', message: `The parameter ${what} is required.` })

const invalid = (what: string, value?: string): Result<never, ApiRefusal> =>
  err({
    code: 'InvalidParameterValueException',
    message: `The value ${value === undefined ? '' : `${value} `}for parameter ${what} is invalid.`,
  })
