/** Where webhooks may go and where never (facts F.1). */
import { expect, test } from 'vitest'
import { refuseAddress } from '../../../worker/deliveries/address.ts'

test.each([
  'https://app.seller.example/hooks',
  'https://app.seller.example:8443/',
  'https://8.8.8.8/',
  'https://[2606:4700::1111]/',
  'https://172.32.0.1/',
  'https://100.128.0.1/',
])('webhooks may go to %s', (text) => {
  expect(refuseAddress(new URL(text), false)).toBeUndefined()
})

test.each([
  'http://app.seller.example/',
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://192.168.1.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://0.0.0.0/',
  'https://100.64.0.1/',
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  'https://0xa000001/',
  'https://167772161/',
  'https://012.0.0.1/',
  'https://10.1/',
  'https://[::]/',
  'https://[::ffff:10.0.0.1]/',
  'https://[fd00::1]/',
  'https://[fe80::1]/',
  'https://[64:ff9b::a00:1]/',
  'https://[2002:a00:1::]/',
  'https://intranet/',
  'https://db.internal/',
  'https://printer.local/',
  'https://metadata.google.internal./',
])('webhooks never go to %s, in development neither (facts F.1)', (text) => {
  for (const local of [false, true]) expect(refuseAddress(new URL(text), local)).toMatch(/^WEBHOOK_URL is /)
})

test.each(['http://127.0.0.1:4600/', 'http://localhost:4600/', 'https://127.8.9.1/', 'http://[::1]/'])(
  'webhooks go to %s in development only',
  (text) => {
    expect(refuseAddress(new URL(text), true)).toBeUndefined()
    expect(refuseAddress(new URL(text), false)).toMatch(/^WEBHOOK_URL is /)
  },
)
