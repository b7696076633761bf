/** PutMetricData by JSON, by forms and by CBOR: what is taken is kept and shown, what AWS refuses is refused in its words. */
import {
  CloudWatchClient,
  InternalServiceFault,
  InvalidParameterCombinationException,
  InvalidParameterValueException,
  MissingRequiredParameterException,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch'
import type { MetricDatum, PutMetricDataCommandInput } from '@aws-sdk/client-cloudwatch'
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor'
import { AwsClient } from 'aws4fetch'
import { expect, test } from 'vitest'
import type { State } from '../../../simulator/marketplace/model.ts'
import { METRICS } from '../../../shared/stack.ts'
import { putMetricData } from '../../../worker/aws/cloudwatch.ts'
import { HOUR_MS, NOON } from '../market.ts'
import { BUYER_CREDENTIALS, openSimulator, SELLER_CREDENTIALS } from '../simulator.ts'

const DAY_MS = 24 * HOUR_MS

async function open() {
  const simulator = await openSimulator()
  const settings = {
    endpoint: simulator.url,
    region: 'us-east-1',
    credentials: SELLER_CREDENTIALS,
    maxAttempts: 1,
  }
  return { ...simulator, settings, client: new CloudWatchClient(settings) }
}

const lastOf = (state: Readonly<State>) =>
  Object.values(state.metrics).map(({ namespace, name, dimensions, unit, points }) => ({
    namespace,
    name,
    dimensions,
    unit,
    ...points.at(-1),
  }))

const DATUM: MetricDatum = {
  MetricName: 'ChurnRate',
  Unit: 'Percent',
  Value: 2.5,
  Dimensions: [{ Name: 'Deployment', Value: 'blue' }],
}
const KEPT = {
  namespace: 'Tollgate',
  name: 'ChurnRate',
  dimensions: { Deployment: 'blue' },
  unit: 'Percent',
  at: NOON,
  value: 2.5,
}

test('a datum is kept the same whether it comes by JSON, by CBOR or by the Worker’s own form', async () => {
  const { client, settings, store, url } = await open()
  const command = () => new PutMetricDataCommand({ Namespace: 'Tollgate', MetricData: [DATUM] })
  await client.send(command())
  expect(lastOf(store.state)).toEqual([KEPT])
  await new CloudWatchClient({ ...settings, protocol: SmithyRpcV2CborProtocol }).send(command())
  expect(lastOf(store.state)).toEqual([KEPT])
  const put = await putMetricData(
    { endpoint: url, credentials: async () => ({ ok: true, value: SELLER_CREDENTIALS }) },
    { namespace: METRICS.namespace, deployment: 'blue' },
    [{ name: METRICS.churn, unit: 'Percent', value: 2.5 }],
  )
  expect(put.ok).toBe(true)
  expect(lastOf(store.state)).toEqual([KEPT])
  expect(Object.values(store.state.metrics)[0]?.points).toHaveLength(3)
})

test('a large body comes gzipped and is signed as it comes; a broken one is refused (API_PutMetricData)', async () => {
  const { client, settings, store, url } = await open()
  const MetricData = Array.from({ length: 400 }, (_, at) => ({ ...DATUM, MetricName: `Metric${at}` }))
  const encodings: unknown[] = []
  client.middlewareStack.add(
    (next) => (args) => {
      encodings.push(Reflect.get(Object(Reflect.get(Object(args.request), 'headers')), 'content-encoding'))
      return next(args)
    },
    { step: 'finalizeRequest', priority: 'low' },
  )
  await client.send(new PutMetricDataCommand({ Namespace: 'Tollgate', MetricData }))
  expect(encodings).toEqual(['gzip'])
  expect(Object.keys(store.state.metrics)).toHaveLength(400)
  const aws = new AwsClient({
    ...settings.credentials,
    service: 'monitoring',
    region: 'us-east-1',
    retries: 0,
  })
  const answer = await aws.fetch(url, {
    method: 'POST',
    body: '{"Namespace":"Tollgate"}',
    headers: {
      'content-encoding': 'gzip',
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'GraniteServiceVersion20100801.PutMetricData',
    },
  })
  expect([answer.status, await answer.text()]).toEqual([
    400,
    expect.stringContaining('MissingRequiredParameter'),
  ])
})

test('a form has the same members under numbers: values with counts, a summary, an instant', async () => {
  const { settings, store, url } = await open()
  const aws = new AwsClient({
    ...settings.credentials,
    service: 'monitoring',
    region: 'us-east-1',
    retries: 0,
  })
  const post = (form: URLSearchParams) =>
    aws.fetch(url, {
      method: 'POST',
      body: form.toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
  const form = new URLSearchParams({
    Action: 'PutMetricData',
    Version: '2010-08-01',
    Namespace: 'Form',
    'MetricData.member.1.MetricName': 'A',
    'MetricData.member.1.Values.member.1': '1',
    'MetricData.member.1.Values.member.2': '4',
    'MetricData.member.1.Counts.member.1': '2',
    'MetricData.member.1.Counts.member.2': '1',
    'MetricData.member.2.MetricName': 'B',
    'MetricData.member.2.Timestamp': new Date(NOON - HOUR_MS).toISOString(),
    'MetricData.member.2.StatisticValues.Sum': '9',
    'MetricData.member.2.StatisticValues.SampleCount': '3',
    'MetricData.member.2.StatisticValues.Minimum': '1',
    'MetricData.member.2.StatisticValues.Maximum': '5',
  })
  const answer = await post(form)
  expect([answer.status, await answer.text()]).toEqual([
    200,
    expect.stringMatching(/^<PutMetricDataResponse [^>]+><ResponseMetadata>/),
  ])
  expect(lastOf(store.state)).toMatchObject([
    { name: 'A', value: 2, at: NOON, unit: 'None' },
    { name: 'B', value: 3, at: NOON - HOUR_MS },
  ])
  const refused = await post(
    new URLSearchParams({ Action: 'PutMetricData', Version: '2010-08-01', Namespace: 'Form' }),
  )
  expect([refused.status, await refused.text()]).toEqual([
    400,
    expect.stringContaining('<Code>MissingParameter</Code>'),
  ])
})

const of = (change: Partial<MetricDatum>): PutMetricDataCommandInput => ({
  Namespace: 'Tollgate',
  MetricData: [{ ...DATUM, ...change }],
})
const dimensions = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ Name: `d${at}`, Value: 'x' }))

test.each<[string, PutMetricDataCommandInput, new (...args: never[]) => Error]>([
  ['a namespace of AWS’s', { ...of({}), Namespace: 'AWS/EC2' }, InvalidParameterValueException],
  ['a namespace that begins with a colon', { ...of({}), Namespace: ':x' }, InvalidParameterValueException],
  ['a namespace of 256', { ...of({}), Namespace: 'x'.repeat(256) }, InvalidParameterValueException],
  ['no data', { Namespace: 'Tollgate', MetricData: [] }, MissingRequiredParameterException],
  [
    '1 001 data',
    { Namespace: 'Tollgate', MetricData: Array.from({ length: 1_001 }, () => DATUM) },
    InvalidParameterValueException,
  ],
  ['31 dimensions', of({ Dimensions: dimensions(31) }), InvalidParameterValueException],
  ['a dimension of blanks', of({ Dimensions: [{ Name: 'a', Value: ' ' }] }), InvalidParameterValueException],
  ['a name beyond ASCII', of({ MetricName: 'Grüezi' }), InvalidParameterValueException],
  ['no name', of({ MetricName: undefined }), MissingRequiredParameterException],
  ['no value', of({ Value: undefined }), MissingRequiredParameterException],
  ['two kinds of values', of({ Values: [1] }), InvalidParameterCombinationException],
  ['a value beyond 2^360', of({ Value: 2 ** 361 }), InvalidParameterValueException],
  [
    'an instant two weeks ago',
    of({ Timestamp: new Date(NOON - 14 * DAY_MS - 1_000) }),
    InvalidParameterValueException,
  ],
  [
    'an instant in two hours',
    of({ Timestamp: new Date(NOON + 2 * HOUR_MS + 1_000) }),
    InvalidParameterValueException,
  ],
])('%s is refused, and nothing of the call is kept (API_PutMetricData)', async (_, input, kind) => {
  const { client, store } = await open()
  await expect(client.send(new PutMetricDataCommand(input))).rejects.toBeInstanceOf(kind)
  expect(store.state.metrics).toEqual({})
})

test('30 dimensions and the instants at both ends are taken', async () => {
  const { client, store } = await open()
  const MetricData = [
    { ...DATUM, Dimensions: dimensions(30) },
    { ...DATUM, Timestamp: new Date(NOON - 14 * DAY_MS) },
    { ...DATUM, Timestamp: new Date(NOON + 2 * HOUR_MS) },
  ]
  await client.send(new PutMetricDataCommand({ Namespace: 'Tollgate', MetricData }))
  expect(Object.values(store.state.metrics).map(({ points }) => points.length)).toEqual([1, 2])
})

test('CloudWatch fails under its own name, and takes metrics of the seller only', async () => {
  const { client, settings, store } = await open()
  const command = () => new PutMetricDataCommand(of({}))
  await store.run({ kind: 'set_fault', fault: { kind: 'internal_error_before_commit' }, on: 'PutMetricData' })
  await expect(client.send(command())).rejects.toBeInstanceOf(InternalServiceFault)
  const buyer = new CloudWatchClient({ ...settings, credentials: BUYER_CREDENTIALS })
  await expect(buyer.send(command())).rejects.toMatchObject({ name: 'AccessDeniedException' })
  expect(store.state.metrics).toEqual({})
})

test('what is kept is bounded: 20 values a metric, 500 metrics, the one silent longest goes first', async () => {
  const { client, store } = await open()
  const put = (MetricData: MetricDatum[]) =>
    client.send(new PutMetricDataCommand({ Namespace: 'Tollgate', MetricData }))
  await put(Array.from({ length: 25 }, (_, at) => ({ ...DATUM, Value: at })))
  expect(Object.values(store.state.metrics)[0]?.points.map(({ value }) => value)).toEqual(
    Array.from({ length: 20 }, (_, at) => at + 5),
  )
  await put(Array.from({ length: 500 }, (_, at) => ({ ...DATUM, MetricName: `M${at}` })))
  const names = Object.values(store.state.metrics).map(({ name }) => name)
  expect([names.length, names[0], names.at(-1)]).toEqual([500, 'M0', 'M499'])
})
