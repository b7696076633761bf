/** Whether the Worker answered, or something in its place, or nobody. Pure. */
import type { Metering } from '../../../shared/stack.ts'
import { aboutMark, markOf } from '../../deploy/marks.ts'
import { sayOf, type Check } from '../check.ts'
import type { Answered, NoAnswer, OutsideFacts, Probe } from '../facts/outside.ts'
import { deployOf } from './remedies.ts'

const say = sayOf('outside')

export interface OutsideCase {
  readonly stack: string
  readonly publicUrl: string
  readonly metering: Metering
  /** Whether the marketplace's POST comes to the Worker's own page. */
  readonly landing: 'hosted' | 'own'
  readonly facts: OutsideFacts
}

/** What was found, and what to do about it. */
export function silence(url: string, { kind, code }: NoAnswer, stack: string): [found: string, what: string] {
  switch (kind) {
    case 'dns':
      return [
        `${new URL(url).hostname} is not in the DNS (${code})`,
        `attach the domain: ${deployOf(stack)}; a new domain takes minutes, and its zone has to be active at Cloudflare`,
      ]
    case 'tls':
      return [
        `${url} shows a certificate that is not taken (${code}); AWS does not take it either`,
        'at Cloudflare, SSL/TLS, Edge Certificates: wait until the name’s certificate is active (a name two levels below the zone needs one of its own)',
      ]
    case 'refused':
    case 'timeout':
    case 'other':
      return [
        `${url} does not answer (${code})`,
        `see this machine’s network, then deploy: ${deployOf(stack)}`,
      ]
  }
}

/** What answered in the Worker's place, or the answer itself. */
export function open(name: string, url: string, seen: Probe, stack: string): Answered | Check {
  if (!seen.ok) return say.wrong(name, ...silence(url, seen.error, stack))
  const { status, headers, body } = seen.value
  const mark = markOf({ status, header: (header) => headers[header] ?? null, body })
  if (mark === null) return seen.value
  const { what, remedy } = aboutMark(mark)
  return say.wrong(name, `${url} is answered by ${what}`, remedy.replace(/^Yours: /, ''))
}

export const isCheck = (value: Answered | Check): value is Check => 'state' in value

export const isJson = ({ headers }: Answered): boolean =>
  /^application\/json\b/.test(headers['content-type'] ?? '')

export const notOurs = (name: string, url: string, { status, headers }: Answered, stack: string): Check =>
  say.wrong(
    name,
    `${url} answers ${status} ${headers['content-type'] ?? 'of no type'}`,
    `no Worker of this version answers there: ${deployOf(stack)}, and see that no other Worker or page rule has the route`,
  )
