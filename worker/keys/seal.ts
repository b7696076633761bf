/**
 * Secrets that have to be read again, such as those webhooks are signed with, as D1 may hold them: sealed by AES-GCM under
 * a key made of the session secret. Who reads the database alone learns nothing; who changes a row breaks it.
 */
import { decodeBase64, encodeBase64Url } from '../web.ts'

const IV_BYTES = 12

/** Seals and opens texts; `name` is the row a text belongs to: what is sealed for one row opens in no other. */
export interface Seal {
  readonly seal: (text: string, name: string) => Promise<string>
  /** Undefined: it was changed, belongs to another row, or was sealed under another session secret. */
  readonly open: (sealed: string, name: string) => Promise<string | undefined>
}

/** The seal of one purpose: what one purpose seals no other opens. A new session secret opens nothing of the one before. */
export function openSeal(sessionSecret: Uint8Array<ArrayBuffer>, purpose: string): Seal {
  const key = deriveKey(sessionSecret, purpose)
  key.catch(() => undefined)
  const sealing = (iv: Uint8Array<ArrayBuffer>, name: string) => ({
    name: 'AES-GCM',
    iv,
    additionalData: bytesOf(name),
  })

  return {
    async seal(text, name) {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
      const sealed = await crypto.subtle.encrypt(sealing(iv, name), await key, bytesOf(text))
      const whole = new Uint8Array(IV_BYTES + sealed.byteLength)
      whole.set(iv)
      whole.set(new Uint8Array(sealed), IV_BYTES)
      return encodeBase64Url(whole)
    },

    async open(sealed, name) {
      const whole = decodeBase64(sealed)
      if (whole === undefined || whole.length <= IV_BYTES) return undefined
      const iv = whole.slice(0, IV_BYTES)
      try {
        const text = await crypto.subtle.decrypt(sealing(iv, name), await key, whole.slice(IV_BYTES))
        return new TextDecoder().decode(text)
      } catch {
        return undefined
      }
    },
  }
}

async function deriveKey(secret: Uint8Array<ArrayBuffer>, purpose: string): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey'])
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: bytesOf(`tollgate: ${purpose}`) },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  )
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(text))
