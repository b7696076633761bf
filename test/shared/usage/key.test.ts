/** API keys: form, making, hash. */
import { expect, test } from 'vitest'
import { hashKey, isKeyText, mintKey } from '../../../shared/usage/key.ts'

const random = Uint8Array.from({ length: 32 }, (_, i) => 255 - i)

test('a key is tg_ and 43 base64url characters of the bytes handed in', async () => {
  const { text } = await mintKey(random)
  expect(text).toBe(`tg_${Buffer.from(random).toString('base64url')}`)
  expect(isKeyText(text)).toBe(true)
})

test('what is kept of a key is the SHA-256 of its text in hex', async () => {
  const { text, sha256 } = await mintKey(random)
  expect(sha256).toBe(await hashKey(text))
  expect(await hashKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

test('a key is never made of fewer bytes', async () => {
  await expect(mintKey(random.slice(1))).rejects.toThrow('32 bytes')
})

test.each([
  '',
  'tg_',
  `tg_${'a'.repeat(42)}`,
  `tg_${'a'.repeat(44)}`,
  `tg_${'a'.repeat(42)}=`,
  `TG_${'a'.repeat(43)}`,
  `tg_${'a'.repeat(43)}\n`,
])('a text that is no key is told by its form: %j', (text) => {
  expect(isKeyText(text)).toBe(false)
})
