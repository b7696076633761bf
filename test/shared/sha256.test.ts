/** The two ways to a SHA-256, against each other and FIPS 180-4's own example. */
import { expect, test } from 'vitest'
import { sha256Hex } from '../../shared/sha256.ts'
import { sha256Sync } from '../../shared/sha256-sync.ts'

test('the hash of "abc" is the one that FIPS 180-4 gives as its example', () => {
  expect(sha256Sync('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

test.each([0, 1, 54, 55, 56, 57, 63, 64, 65, 118, 119, 120, 1000])(
  'a text of %i letters and what UTF-8 makes of them hashes as the platform does it',
  async (length) => {
    for (const letter of ['x', 'é', '💶'])
      expect(sha256Sync(letter.repeat(length))).toBe(await sha256Hex(letter.repeat(length)))
  },
)
