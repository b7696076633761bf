/** Webhooks that must not be believed: each is made from a good one, and differs in what its name says. Wall time. */
import { createHmac } from 'node:crypto'

const secretOf = (letter: string): string => `whsec_${Buffer.from(letter.repeat(32)).toString('base64')}`
/** Two in force, as in a rotation. */
export const SECRETS = [secretOf('a'), secretOf('b')]

export interface Sent {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

interface Made {
  readonly id?: string
  readonly at?: number
  readonly body?: string
  readonly secret?: string
}

const BODY = '{"type":"subscription.granted","data":{"id":"sub_1"}}'
const macOf = (secret: string, text: string, hash = 'sha256'): string =>
  createHmac(hash, Buffer.from(secret.slice(6), 'base64'))
    .update(text)
    .digest('base64')

/** A webhook as it should be. `at`: seconds from now. */
export function webhook({ id = 'msg_1', at = 0, body = BODY, secret = SECRETS[0] ?? '' }: Made = {}): Sent {
  const timestamp = String(Math.floor(Date.now() / 1000) + at)
  const signature = `v1,${macOf(secret, `${id}.${timestamp}.${body}`)}`
  return {
    body,
    headers: { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature },
  }
}

const good = () => webhook()
const head = (change: (headers: Record<string, string>) => Record<string, string>) => (): Sent => {
  const sent = good()
  return { ...sent, headers: change({ ...sent.headers }) }
}
const without = (name: string) =>
  head((all) => Object.fromEntries(Object.entries(all).filter(([known]) => known !== name)))
const set = (name: string, change: (value: string) => string) =>
  head((all) => ({ ...all, [name]: change(all[name] ?? '') }))
const signature = (change: (value: string) => string) => set('webhook-signature', change)
const body = (text: string) => (): Sent => ({ ...good(), body: text })

export const WEBHOOKS: readonly (readonly [string, () => Sent])[] = [
  ['no id', without('webhook-id')],
  ['no timestamp', without('webhook-timestamp')],
  ['no signature', without('webhook-signature')],
  ['an empty id', set('webhook-id', () => '')],
  ['another id', set('webhook-id', () => 'msg_2')],
  ['the id in capitals', set('webhook-id', (id) => id.toUpperCase())],
  ['an id that moves the dot', set('webhook-id', (id) => `${id}.1`)],
  ['six minutes old', () => webhook({ at: -360 })],
  ['six minutes ahead', () => webhook({ at: 360 })],
  ['a day old', () => webhook({ at: -86_400 })],
  ['a later timestamp under the same signature', set('webhook-timestamp', (at) => String(Number(at) + 1))],
  ['a timestamp in milliseconds', set('webhook-timestamp', (at) => `${at}000`)],
  ['a timestamp that is a date', set('webhook-timestamp', () => new Date().toISOString())],
  ['an empty timestamp', set('webhook-timestamp', () => '')],
  ['a timestamp of zero', set('webhook-timestamp', () => '0')],
  ['a negative timestamp', set('webhook-timestamp', (at) => `-${at}`)],
  ['an unknown secret', () => webhook({ secret: secretOf('c') })],
  ['a secret of zeros', () => webhook({ secret: secretOf('\0') })],
  ['another body', body('{"type":"subscription.granted","data":{"id":"sub_2"}}')],
  ['the body written anew with spaces', body(JSON.stringify(JSON.parse(BODY), null, 1))],
  [
    'the body with its members in another order',
    body('{"data":{"id":"sub_1"},"type":"subscription.granted"}'),
  ],
  ['the body with a line break behind it', body(`${BODY}\n`)],
  ['an empty body', body('')],
  ['a signature cut short', signature((text) => text.slice(0, -4))],
  ['a signature with more behind it', signature((text) => `${text}AAAA`)],
  [
    'one letter of the signature changed',
    signature((text) => text.replace(/^v1,./, (from) => `v1,${from.endsWith('A') ? 'B' : 'A'}`)),
  ],
  ['an empty signature', signature(() => '')],
  ['a signature without its version', signature((text) => text.slice(3))],
  ['version 2', signature((text) => text.replace('v1', 'v2'))],
  ['version 1a, which is of another kind of key', signature((text) => text.replace('v1', 'v1a'))],
  ['the version alone', signature(() => 'v1,')],
  ['a signature in hex', signature((text) => `v1,${Buffer.from(text.slice(3), 'base64').toString('hex')}`)],
  [
    'a hundred wrong signatures',
    signature(() =>
      Array(100)
        .fill(`v1,${'A'.repeat(43)}=`)
        .join(' '),
    ),
  ],
  ['signatures joined by commas', signature((text) => `v1,${'A'.repeat(43)}=,${text}`)],
  [
    'a MAC of SHA-1',
    () => {
      const { headers } = good()
      const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${BODY}`
      return {
        body: BODY,
        headers: { ...headers, 'webhook-signature': `v1,${macOf(SECRETS[0] ?? '', text, 'sha1')}` },
      }
    },
  ],
  ['a MAC of the body alone', signature(() => `v1,${macOf(SECRETS[0] ?? '', BODY)}`)],
  [
    'a MAC under the secret as text',
    () => {
      const { headers } = good()
      const mac = createHmac('sha256', SECRETS[0] ?? '').update(
        `${headers['webhook-id']}.${headers['webhook-timestamp']}.${BODY}`,
      )
      return { body: BODY, headers: { ...headers, 'webhook-signature': `v1,${mac.digest('base64')}` } }
    },
  ],
  [
    'the signature of another message',
    signature(() => webhook({ id: 'msg_2' }).headers['webhook-signature'] ?? ''),
  ],
]
