/** The Worker's public name: found before anything is made, never taken from somebody. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { attachDomain, findAddress } from '../../../commands/deploy/address.ts'
import { type Cloudflare, openCloudflare } from '../../../commands/deploy/cloudflare.ts'
import { wireHost } from '../../support/cloudflare/wire-host.ts'
import { ACCOUNT, type StandIn, startCloudflare } from '../../support/cloudflare.ts'

let standIn: StandIn
let cloudflare: Cloudflare

beforeEach(async () => {
  standIn = await startCloudflare(await wireHost())
  const { base, token } = standIn
  cloudflare = openCloudflare({ base, token, account: ACCOUNT, pause: async () => undefined })
})
afterEach(() => standIn.close())

const found = (publicUrl: string) => findAddress(cloudflare, publicUrl, 'tollgate-prod')

test("a custom domain is in the account's zone, whichever part of the name that is", async () => {
  const domain = { kind: 'domain', zone: standIn.state.zones[0]?.id, attached: false }
  expect(await found('https://buy.eu.example.com')).toEqual({
    ok: true,
    value: { ...domain, host: 'buy.eu.example.com' },
  })
  expect(await found('https://example.com')).toEqual({ ok: true, value: { ...domain, host: 'example.com' } })
})

test.each([
  [
    'https://buy.other.example',
    /^No zone of this Cloudflare account holds buy\.other\.example, .* tollgate:publicUrl/,
  ],
  ['https://buy.example.com:8443', /names a port; a Worker answers on 443 only/],
  [
    'https://tollgate-prod.rival.workers.dev',
    /^The Worker will be at https:\/\/tollgate-prod\.acme\.workers\.dev, but the stack says https:\/\/tollgate-prod\.rival/,
  ],
])('%s is refused in words, with what to set', async (publicUrl, words) => {
  expect(await found(publicUrl)).toEqual({
    ok: false,
    error: { exit: 1, sentence: expect.stringMatching(words) },
  })
  expect(standIn.writes()).toEqual([])
})

test("the Worker's own workers.dev name and an address of this machine need nothing made", async () => {
  expect(await found('https://tollgate-prod.acme.workers.dev')).toEqual({
    ok: true,
    value: { kind: 'workers-dev' },
  })
  expect(await found('http://localhost:8787')).toEqual({ ok: true, value: { kind: 'here' } })
})

test("another Worker's domain is refused, and its own is found attached", async () => {
  standIn.state.domains.set('buy.example.com', 'shop')
  expect(await found('https://buy.example.com')).toMatchObject({
    error: {
      exit: 1,
      sentence: expect.stringMatching(/is the custom domain of another Worker, shop: take it off there/),
    },
  })
  standIn.state.domains.set('buy.example.com', 'tollgate-prod')
  expect(await found('https://buy.example.com')).toMatchObject({ value: { attached: true } })
})

test('a name that has a DNS record of something else is left to it', async () => {
  standIn.state.records.add('buy.example.com')
  const address = { kind: 'domain', host: 'buy.example.com', zone: '1', attached: false } as const
  expect(await attachDomain(cloudflare, address, 'tollgate-prod')).toMatchObject({
    error: {
      exit: 3,
      sentence: expect.stringMatching(/does not give buy\.example\.com to the Worker \(Hostname already has/),
    },
  })
  expect(standIn.state.domains.size).toBe(0)
  standIn.state.records.clear()
  expect(await attachDomain(cloudflare, address, 'tollgate-prod')).toEqual({ ok: true, value: undefined })
  expect([...standIn.state.domains]).toEqual([['buy.example.com', 'tollgate-prod']])
})

test('a token without the zone is told which right to add', async () => {
  standIn.fail({ method: 'GET', path: /^\/zones/, how: { status: 403, code: 9109, message: 'Unauthorized' } })
  expect(await found('https://buy.example.com')).toMatchObject({
    error: { exit: 4, sentence: expect.stringMatching(/add the right Zone, Zone, Read/) },
  })
})
