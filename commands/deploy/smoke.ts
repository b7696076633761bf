/** What a new version has to do before it is believed: be an issuer AWS can read, greet a buyer, and sign a call. */
import { listMember, member, objectOf, parseObject, textMember } from '../../shared/aws/json.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { describeAnswer, look, type Clock } from './public.ts'

const TRIES = 3
const AGAIN_MS = 2_000
/** AWS reads the keys when it is first shown a token, from another place of the world: design §10. */
const TOKEN_WITHIN_MS = 60_000
const TOKEN_EVERY_MS = 5_000

export interface Expected {
  /** Opens the Worker's own checks; DEPLOY_KEY_HASH is its hash. */
  readonly deployKey: string
  readonly landing: 'hosted' | 'own'
  /** What those checks say, by their names: the last migration, how it meters. */
  readonly details: Readonly<Record<string, string>>
}

/** What held, in words; the error is the first that did not. */
export async function smoke(
  publicUrl: string,
  expected: Expected,
  clock: Clock,
): Promise<Result<readonly string[], string>> {
  const checks = [
    () => discovery(publicUrl),
    () => keys(publicUrl),
    ...(expected.landing === 'hosted' ? [() => landingPage(publicUrl)] : []),
  ]
  const held: string[] = []
  for (const check of checks) {
    const done = await tried(check, clock)
    if (!done.ok) return done
    held.push(done.value)
  }
  const signed = await signedCall(publicUrl, expected, clock)
  return signed.ok ? ok([...held, ...signed.value]) : signed
}

type Check = Promise<Result<string, string>>

/** A new version reaches every place of Cloudflare's within seconds: what fails is asked again. */
async function tried(check: () => Check, { pause }: Clock): Check {
  for (let attempt = 1; ; attempt++) {
    const done = await check()
    if (done.ok || attempt === TRIES) return done
    await pause(AGAIN_MS)
  }
}

async function discovery(publicUrl: string): Check {
  const url = `${publicUrl}/.well-known/openid-configuration`
  const document = await json(url)
  if (!document.ok) return document
  const issuer = member(document.value, 'issuer')
  return issuer === publicUrl
    ? ok('discovery document')
    : err(
        `${url} names the issuer ${String(issuer)}, and AWS trusts ${publicUrl} to the letter: see that tollgate:publicUrl is what it was at \`npm run up\``,
      )
}

async function keys(publicUrl: string): Check {
  const url = `${publicUrl}/.well-known/jwks.json`
  const document = await json(url)
  if (!document.ok) return document
  const all = listMember(document.value, 'keys') ?? []
  return all.some((key) => member(objectOf(key), 'kty') === 'RSA')
    ? ok('JWKS')
    : err(`${url} has no key: AWS can verify no token of the Worker; its log says why it made none`)
}

async function landingPage(publicUrl: string): Check {
  const url = `${publicUrl}/`
  const answer = await look(url, { accept: 'text/html' })
  if (!answer.ok) return err(`${url} does not answer (${answer.error})`)
  const { status, header } = answer.value
  return status === 200 && (header('content-type') ?? '').startsWith('text/html')
    ? ok('landing page')
    : err(describeAnswer(url, answer.value))
}

/** The Worker's own checks: among them a call to STS, signed with the credentials that it will bill with. */
async function signedCall(
  publicUrl: string,
  { deployKey, details }: Expected,
  { now, pause }: Clock,
): Promise<Result<readonly string[], string>> {
  const url = `${publicUrl}/v1/operator/check`
  const until = now() + TOKEN_WITHIN_MS
  for (let attempt = 1; ; attempt++) {
    const document = await json(url, { authorization: `Bearer ${deployKey}` })
    const rows = document.ok ? (listMember(document.value, 'checks') ?? []).map(objectOf) : []
    const failed = rows.filter((row) => {
      const wanted = details[textMember(row, 'name') ?? '']
      return member(row, 'ok') !== true || (wanted !== undefined && wanted !== member(row, 'detail'))
    })
    if (document.ok && rows.length > 0 && failed.length === 0)
      return ok(rows.map((row) => textMember(row, 'name') ?? 'check'))
    const what = document.ok ? describeFailed(url, failed, details) : document.error
    // IAM may not have read the keys yet; any other refusal will not change by itself.
    const passing = /InvalidIdentityToken/.test(what) ? now() + TOKEN_EVERY_MS <= until : attempt < TRIES
    if (!passing) return err(what)
    await pause(/InvalidIdentityToken/.test(what) ? TOKEN_EVERY_MS : AGAIN_MS)
  }
}

function describeFailed(
  url: string,
  failed: readonly (object | undefined)[],
  details: Expected['details'],
): string {
  if (failed.length === 0) return `${url} names no checks: the Worker there is not of this version`
  return failed
    .map((row) => {
      const name = textMember(row, 'name') ?? 'a check'
      const detail = textMember(row, 'detail') ?? 'no reason given'
      const wanted = member(row, 'ok') === true ? details[name] : undefined
      return wanted === undefined
        ? `${name} fails: ${detail}`
        : `${name} says ${detail} where this deploy expects ${wanted}${name === 'database' ? OLDER : ''}`
    })
    .join('; ')
}

const OLDER = ': this checkout is older than what was deployed, bring it up to that (`git pull`)'

async function json(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Result<object, string>> {
  const answer = await look(url, { accept: 'application/json', ...headers })
  if (!answer.ok) return err(`${url} does not answer (${answer.error})`)
  const document = answer.value.status === 200 ? parseObject(answer.value.body) : undefined
  return document === undefined ? err(describeAnswer(url, answer.value)) : ok(document)
}
