/** Who gets a mail, from what a person typed into a form: an address that is only an address, a name that is only a name. Pure. */

/** Source: RFC 5321 4.5.3.1, 64 characters before the @ and 255 behind it; SES takes no other than ASCII before it. */
const ADDRESS =
  /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{N}][\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}]$/u

const ADDRESS_MAX = 254

/** The address as SES takes it, its domain in ASCII; undefined when it is anything but one address. */
export function addressOf(text: string): string | undefined {
  if (!ADDRESS.test(text) || text.includes('..')) return undefined
  const at = text.lastIndexOf('@')
  const host = URL.parse(`https://${text.slice(at + 1)}/`)?.hostname
  if (host === undefined || !/^[a-z0-9.-]+$/.test(host)) return undefined
  const address = `${text.slice(0, at)}@${host}`
  return address.length <= ADDRESS_MAX ? address : undefined
}

/**
 * The name somebody is greeted by; null when it is more than a name: nobody has us send links, markup or a second line to
 * an address that he typed in. A point only before a space or at the end, for mail programs make links of `a.example`.
 */
export const nameOf = (text: unknown): string | null =>
  typeof text === 'string' && /^(?:[\p{L}\p{M}\p{N} ,'’-]|\.(?= |$)){1,80}$/u.test(text.trim())
    ? text.trim()
    : null
