/** Whether AWS can read who the Worker is: its discovery document and its keys; and whether clocks agree. Pure. */
import { listMember, member, objectOf, parseObject, textMember } from '../../../shared/aws/json.ts'
import { sayOf, type Check } from '../check.ts'
import type { Probe } from '../facts/outside.ts'
import { isCheck, isJson, notOurs, open, type OutsideCase } from './answer.ts'
import { deployOf } from './remedies.ts'

const say = sayOf('outside')

/** This machine's clock may be so far off until signatures are in danger. */
const SKEW_MAX_MS = 60_000

export function judgeDiscovery({ stack, publicUrl, facts }: OutsideCase): Check {
  const name = 'discovery document'
  const url = `${publicUrl}/.well-known/openid-configuration`
  const answer = open(name, url, facts.discovery, stack)
  if (isCheck(answer)) return answer
  if (answer.status !== 200 || !isJson(answer)) return notOurs(name, url, answer, stack)
  const document = parseObject(answer.body)
  const issuer = textMember(document, 'issuer')
  if (issuer !== publicUrl)
    return say.wrong(
      name,
      `${url} names the issuer ${issuer ?? 'of nobody'}; AWS trusts ${publicUrl}, to the letter`,
      `the Worker was deployed with another PUBLIC_URL: ${deployOf(stack)}`,
    )
  const keys = textMember(document, 'jwks_uri')
  return keys === `${publicUrl}/.well-known/jwks.json`
    ? say.ok(name, `${url}, issuer to the letter`)
    : say.wrong(name, `it names its keys at ${keys ?? 'no address'}`, `deploy again: ${deployOf(stack)}`)
}

export function judgeKeys({ stack, publicUrl, facts }: OutsideCase): Check {
  const name = 'signing keys'
  const url = `${publicUrl}/.well-known/jwks.json`
  const answer = open(name, url, facts.keys, stack)
  if (isCheck(answer)) return answer
  if (answer.status !== 200 || !isJson(answer)) return notOurs(name, url, answer, stack)
  const keys = (listMember(parseObject(answer.body), 'keys') ?? []).map(objectOf)
  if (keys.some((key) => member(key, 'd') !== undefined))
    return say.wrong(
      name,
      'a private key is public',
      `take the route off at Cloudflare at once, then ${deployOf(stack)}`,
    )
  const usable = keys.filter(
    (key) =>
      member(key, 'kty') === 'RSA' &&
      textMember(key, 'kid') !== undefined &&
      textMember(key, 'n') !== undefined,
  )
  return usable.length === 0
    ? say.wrong(
        name,
        `${url} has no RSA key`,
        `the Worker makes one at its first token: ${deployOf(stack)} asks for one`,
      )
    : say.ok(name, `${usable.length} at ${url}`)
}

export function judgeClock(discovery: Probe): Check[] {
  const ahead = discovery.ok ? discovery.value.aheadMs : null
  if (ahead === null) return []
  const seconds = Math.round(Math.abs(ahead) / 1000)
  return Math.abs(ahead) <= SKEW_MAX_MS
    ? [say.ok('clock', `this machine’s is within ${Math.max(1, seconds)} s of Cloudflare’s`)]
    : [
        say.wrong(
          'clock',
          `this machine’s clock is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} Cloudflare’s`,
          'set it by NTP: AWS refuses signatures five minutes off, and `deploy` signs',
        ),
      ]
}
