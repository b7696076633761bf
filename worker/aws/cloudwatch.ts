/** CloudWatch: one batch of a deployment's metrics, by the query protocol, which needs no body but a form. */
import { readXmlFailure, type CallFailure } from '../../shared/aws/failure.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { METRICS } from '../../shared/stack.ts'
import type { AwsAccess, MetricsSettings } from '../env.ts'
import { MARKETPLACE_REGION, sendSigned } from './client.ts'

const TIMEOUT_MS = 5_000

/** A number under its name, as of now: CloudWatch stamps it with the instant at which it comes. */
export interface Datum {
  readonly name: string
  readonly unit: 'Count' | 'Percent'
  readonly value: number
}

/**
 * Writes all of them or none. Source: API_PutMetricData, "up to 1000 different metrics", "StandardUnit" (2026-11-21).
 */
export async function putMetricData(
  aws: AwsAccess,
  { namespace, deployment }: MetricsSettings,
  data: readonly Datum[],
): Promise<Result<null, CallFailure>> {
  const form = new URLSearchParams({
    Action: 'PutMetricData',
    Version: '2010-08-01',
    Namespace: namespace,
  })
  for (const [at, { name, unit, value }] of data.entries()) {
    const member = `MetricData.member.${at + 1}`
    form.set(`${member}.MetricName`, name)
    form.set(`${member}.Unit`, unit)
    form.set(`${member}.Value`, String(value))
    form.set(`${member}.Dimensions.member.1.Name`, METRICS.dimension)
    form.set(`${member}.Dimensions.member.1.Value`, deployment)
  }
  const said = await sendSigned(aws, {
    service: 'monitoring',
    region: MARKETPLACE_REGION,
    host: `monitoring.${MARKETPLACE_REGION}.amazonaws.com`,
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: form.toString(),
    timeoutMs: TIMEOUT_MS,
  })
  if (!said.ok) return said
  const { status, text } = said.value
  return status === 200 ? ok(null) : err(readXmlFailure(status, text))
}
