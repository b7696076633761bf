/** What is kept of a secret that only has to be recognised. Pure; web globals only. */

/** SHA-256 of a text's UTF-8 bytes, as 64 hex digits in lower case. */
export async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
