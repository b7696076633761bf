/** From where a request came, as far as limits need it: its address on the internet. Pure. */

/** An IPv4 address, or the half of an IPv6 address that one customer has to himself; empty where nobody says it. */
export function placeOf(request: Request): string {
  const address = request.headers.get('cf-connecting-ip') ?? ''
  if (!address.includes(':')) return address
  // `2001:db8::1` has its first groups written out: what is left out stands behind them, or is zero.
  const [head = ''] = address.split('::', 1)
  return head.split(':').slice(0, 4).join(':')
}
