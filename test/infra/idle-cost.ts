/** What a stack costs while nobody uses it, of its plan and of the prices of ./prices.ts: the last part of docs/cost.md. Pure. */
import { METRICS } from '../../shared/stack.ts'
import type { Planned } from '../support/resource-monitor.ts'
import { kindOf } from './graph.ts'
import { MINUTES_A_MONTH, PRICED_ON, priceOf, PRICES, type PriceKey } from './prices.ts'
import type { Share } from './resources.ts'

/** Begins the part; all above it is counted in workerd by test/bench/cost.ts. */
export const IDLE_HEADING = '## An idle stack'

/** Dollars a month for Workers Paid. Source: Cloudflare, Workers pricing; facts, quality-anchors §B.2 (2026-11-21). */
const WORKERS_PAID = 5

export interface Line {
  readonly price: PriceKey
  readonly units: number
  /** At the list price, in dollars a month. */
  readonly listed: number
  /** The same in an account that uses nothing else of it. */
  readonly paid: number
}

/** By price, in the order of the price list; what costs nothing idle is left out. */
export function idleLines(planned: readonly Planned[]): Line[] {
  const shares: Share[] = planned
    .filter(({ custom }) => custom)
    .flatMap((one) => kindOf(one).costs?.(one, planned) ?? [])
  shares.push(...workerShares(planned))
  return keys.flatMap((price) => {
    const units = shares.reduce((sum, share) => sum + (share.price === price ? share.units : 0), 0)
    if (units === 0) return []
    const { dollars: amount, per = 1, free } = priceOf(price)
    const each = amount / per
    return [{ price, units, listed: units * each, paid: Math.max(0, units - free) * each }]
  })
}

const keys = Object.keys(PRICES) as readonly PriceKey[]

/** What the Worker's cron asks of AWS each minute with nothing to do, by what its rights name. */
function workerShares(planned: readonly Planned[]): Share[] {
  const rights = planned.flatMap(({ inputs }) =>
    typeof inputs['policy'] === 'string' ? [inputs['policy']] : [],
  )
  const polled = rights.filter((text) => text.includes('sqs:ReceiveMessage')).flatMap(queuesIn)
  const { namespace: _, dimension: __, ...metrics } = METRICS
  return [
    { price: 'queueCalls', units: polled.length * MINUTES_A_MONTH },
    ...(rights.some((text) => text.includes('cloudwatch:PutMetricData'))
      ? [
          { price: 'metric' as const, units: Object.keys(metrics).length },
          { price: 'metricCalls' as const, units: MINUTES_A_MONTH },
        ]
      : []),
  ]
}

function queuesIn(policy: string): string[] {
  const { Statement } = JSON.parse(policy) as {
    readonly Statement: readonly {
      readonly Action: string | string[]
      readonly Resource?: string | string[]
    }[]
  }
  return Statement.filter(({ Action }) => [Action].flat().includes('sqs:ReceiveMessage')).flatMap(
    ({ Resource }) => [Resource ?? []].flat(),
  )
}

/** The part of docs/cost.md from its heading to its end. `rowsARecord`: as counted above it. */
export function idleSection(
  least: readonly Planned[],
  full: readonly Planned[],
  rowsARecord: number,
): string {
  const lines = idleLines(full)
  const ofLeast = new Map(idleLines(least).map((line) => [line.price, line]))
  const row = ({ price, units, listed, paid }: Line): string => {
    const { what, unit, dollars: amount, per, page } = priceOf(price)
    const less = ofLeast.get(price)
    const many = `${number(units)} ${unit}${units === 1 ? '' : 's'}`
    const at = `$${amount}${per === undefined ? '' : ` for ${number(per)}`}`
    return `| ${what} | ${many} at ${at} | ${dollars(less?.listed ?? 0)} | ${dollars(less?.paid ?? 0)} | ${dollars(listed)} | ${dollars(paid)} | ${page} |`
  }
  const sum = (of: readonly Line[], by: 'listed' | 'paid'): number =>
    of.reduce((total, line) => total + line[by], WORKERS_PAID)
  const all = [...ofLeast.values()]
  const recordsMax = Math.floor((2 * FREE_ROWS) / rowsARecord)
  return `${IDLE_HEADING}

Dollars a month while nobody buys and nobody uses anything, computed by \`node test/infra/pages.ts --write\` from the plan of this
\`seller.config.ts\`: a **small** stack, whose config says nothing but the Worker's name, and a **full** one, with mail, alarms for
every audience and one task of the container running, a quarter of a CPU and half a GB. The prices are AWS's for us-east-1, written
down by hand on ${PRICED_ON}: look at the page beside each before you count on one. *At list* counts each unit; *alone* is an
account that uses nothing else of what AWS gives each account free.

| what | in the full one | small, at list | alone | full, at list | alone | price at |
| --- | --- | ---: | ---: | ---: | ---: | --- |
| Cloudflare Workers Paid | 1 account at $5 | ${dollars(WORKERS_PAID)} | ${dollars(WORKERS_PAID)} | ${dollars(WORKERS_PAID)} | ${dollars(WORKERS_PAID)} | developers.cloudflare.com/workers/platform/pricing |
${lines.map(row).join('\n')}
| **together** | | **${dollars(sum(all, 'listed'))}** | **${dollars(sum(all, 'paid'))}** | **${dollars(sum(lines, 'listed'))}** | **${dollars(sum(lines, 'paid'))}** | |

All else in the plan costs nothing while it is idle. By use:

${byUse(full)}

### Which Cloudflare plan

**Workers Paid**: $5 a month for the account, however many stacks are in it. What an idle stack takes of what it includes is counted
above. Workers Free does not carry a product that is sold: past one of its limits each further call of that kind fails until the day
is over.

| | Workers Free | Workers Paid | why it matters here |
| --- | --- | --- | --- |
| CPU time of an invocation | 10 ms | 30 s, up to 5 min | all that a minute's cron does is one invocation |
| calls out of an invocation | 50 | 10,000 | draining a queue takes two for ten messages, and one run takes up to 30 batches |
| rows written, D1 and objects each | ${number(FREE_ROWS)} a day | 50 million a month included | a record writes about ${Math.round(rowsARecord)} in both together: at most ${number(recordsMax)} records a day, the hours of ${number(Math.floor(recordsMax / 24))} subscriptions of one dimension |
| calls of objects | 100,000 a day | 1 million a month included | each report of usage is one, and each minute's cron makes some |
| size of the database | 500 MB | 10 GB | records and receipts are kept for ever |
| going back in time | 7 days | 30 days | a mistake is seen later than that |

Source: Cloudflare's pages on the limits and prices of Workers, Durable Objects and D1, as they stood on ${PRICED_ON}; look there too.
`
}

/** Rows that the free plan takes in a day. Source: Cloudflare, D1 and Durable Objects pricing (2026-11-22). */
const FREE_ROWS = 100_000

function byUse(planned: readonly Planned[]): string {
  const told = new Map(
    planned
      .filter(({ custom }) => custom)
      .map((one) => kindOf(one))
      .flatMap(({ title, byUse: costs }) => (costs === undefined ? [] : [[title, costs] as const])),
  )
  return [...told].map(([title, costs]) => `- ${title}: ${costs}.`).join('\n')
}

const dollars = (amount: number): string =>
  amount > 0 && amount < 0.005 ? '<$0.01' : `$${amount.toFixed(2)}`
const number = (units: number): string => Number(units.toFixed(2)).toLocaleString('en-US')
