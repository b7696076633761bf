/** Which Region a request was sent to, by the host it names. Pure. Source: facts §7, hosts. */
import { SAAS_REGIONS } from '../../shared/aws/regions.ts'

/** Where tasks may run: a loopback address stands for the endpoints of all of them. */
export const TASK_REGIONS: ReadonlySet<string> = new Set([...SAAS_REGIONS, 'us-gov-east-1', 'us-gov-west-1'])

/** A real host names one Region; any other, loopback above all, stands for those of the settings. */
export function endpointRegions(
  host: string | undefined,
  configured: ReadonlySet<string>,
): ReadonlySet<string> {
  const labels = (host ?? '').toLowerCase().replace(/:\d+$/, '').split('.')
  if (!labels.includes('amazonaws') && !labels.includes('api')) return configured
  const named = labels.find((label) => SAAS_REGIONS.includes(label))
  return named === undefined ? configured : new Set([named])
}
