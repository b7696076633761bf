/** Random text for ids, from the platform's generator. */

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** 22 letters and digits, evenly drawn: 130 bits. */
export function randomText(length = 22): string {
  let text = ''
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      // 248 is the largest multiple of 62 a byte can hold: beyond it letters would not be equally likely.
      if (byte < 248 && text.length < length) text += LETTERS.charAt(byte % LETTERS.length)
    }
  }
  return text
}
