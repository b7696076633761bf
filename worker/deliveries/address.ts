/** Where webhooks may go: https to a public name; to this machine in development. Pure; names are not looked up. */
import { isLoopbackHost } from '../web.ts'

/** Why a webhook does not go to an address; undefined: it may. `local`: this machine is allowed. */
export function refuseAddress(url: URL, local: boolean): string | undefined {
  if (isLoopbackHost(url.hostname)) {
    return local ? undefined : 'WEBHOOK_URL is an address of this machine, which takes none in production'
  }
  if (url.protocol !== 'https:') return 'WEBHOOK_URL is not https'
  return isPrivate(url.hostname) ? 'WEBHOOK_URL is a private address' : undefined
}

/** The URL parser has made every spelling of an IPv4 address (hex, octal, one number) into four decimals. */
function isPrivate(host: string): boolean {
  const bare = host.replace(/\.$/, '')
  if (host.startsWith('[')) return isPrivateIpv6(host.slice(1, -1))
  const numbers = ipv4(bare)
  if (numbers !== undefined) return isPrivateIpv4(numbers)
  // A name without a point, or under a domain that is not of the public internet.
  return (
    !bare.includes('.') ||
    /(?:^|\.)(?:local|localhost|internal|intranet|lan|home|corp|arpa|onion|test|invalid)$/.test(bare)
  )
}

const ipv4 = (text: string): number[] | undefined =>
  /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) ? text.split('.').map(Number) : undefined

/** Source: IANA IPv4 Special-Purpose Address Registry: all that is not globally reachable, multicast and reserved. */
function isPrivateIpv4([a = 0, b = 0, c = 0]: readonly number[]): boolean {
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    (a === 100 && b >= 64 && b <= 127) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && (b === 168 || (b === 0 && (c === 0 || c === 2)))) ||
    (a === 198 && (b === 18 || b === 19 || (b === 51 && c === 100))) ||
    (a === 203 && b === 0 && c === 113) ||
    a >= 224
  )
}

/** Only 2000::/3 is global unicast, and in it 2001::/23, 2001:db8::/32, 2002::/16 and 3fff::/20 are not. Source: IANA, the same for IPv6. */
function isPrivateIpv6(text: string): boolean {
  const [first = '', second = ''] = text.split(':')
  const [a, b] = [Number.parseInt(first || '0', 16), Number.parseInt(second || '0', 16)]
  if (a < 0x2000 || a > 0x3fff) return true
  return (a === 0x2001 && (b < 0x200 || b === 0xdb8)) || a === 0x2002 || (a === 0x3fff && b < 0x1000)
}
