/** The simulator's command line and environment, read once at the entry; all that is wrong is named together. Pure. */
import { parseArgs } from 'node:util'
import { err, ok } from '../shared/result.ts'
import type { Result } from '../shared/result.ts'

export interface Settings {
  /** 0: any free one. */
  readonly port: number
  readonly folder: string
  /** Where a buyer's browser is sent: the seller's landing page. */
  readonly landingUrl: string
  /** Base URLs of the processes that live by business time. */
  readonly participants: readonly string[]
  readonly dieWithParent: boolean
  /** Where events are pushed beside the queue; absent: nowhere. */
  readonly destination?: { readonly url: string; readonly header: string; readonly key: string }
  /** What signs webhooks to the seller's application, which the simulator plays. Empty: nobody said. */
  readonly webhookSecrets: readonly string[]
  /** Whose tokens STS trusts, and the role they may take on; absent: nobody's. */
  readonly oidc?: {
    readonly issuer: string
    readonly at: string
    readonly role: string
    readonly subject: string | undefined
  }
  /** AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: taken as the seller's too. */
  readonly ownKey?: { readonly id: string; readonly secret: string }
}

const OPTIONS = {
  port: { type: 'string', default: '4600' },
  state: { type: 'string' },
  'landing-url': { type: 'string', default: 'http://localhost:4700/' },
  participant: { type: 'string', multiple: true },
  'push-url': { type: 'string' },
  'push-header': { type: 'string', default: 'x-api-key' },
  'oidc-issuer': { type: 'string' },
  'oidc-at': { type: 'string' },
  'oidc-role': { type: 'string', default: 'tollgate-worker' },
  'oidc-subject': { type: 'string' },
  'die-with-parent': { type: 'boolean', default: false },
} as const

const USAGE =
  'node simulator/main.ts --state DIR [--port N] [--landing-url URL] [--participant URL]… [--oidc-issuer URL] ' +
  '[--push-url URL] [--push-header NAME] [--oidc-at URL] [--oidc-role NAME] [--oidc-subject SUB] [--die-with-parent]'

/** The error is one line for a person. */
export function readSettings(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Result<Settings, string> {
  const parsed = parse(args)
  if (!parsed.ok) return parsed
  const { port, state, participant = [], 'landing-url': landingUrl, 'die-with-parent': die } = parsed.value
  const wrong: string[] = []
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) wrong.push('--port must be a number from 0 to 65535')
  if (state === undefined || state === '') wrong.push('--state must name a folder')
  for (const url of [landingUrl, ...participant])
    if (!isHttp(url)) wrong.push(`${url} must be an http or https URL`)
  const oidc = readOidc(parsed.value, wrong)
  const destination = readDestination(parsed.value, environment, wrong)
  const { AWS_ACCESS_KEY_ID: id = '', AWS_SECRET_ACCESS_KEY: secret = '' } = environment
  if ((id === '') !== (secret === '')) wrong.push('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together')
  if (wrong.length > 0) return err(`${wrong.join('; ')}. Usage: ${USAGE}`)
  return ok({
    port: Number(port),
    folder: state ?? '',
    landingUrl,
    participants: participant,
    dieWithParent: die,
    webhookSecrets: (environment['WEBHOOK_SECRETS'] ?? '').split(',').filter((secret) => secret !== ''),
    ...(destination === undefined ? {} : { destination }),
    ...(oidc === undefined ? {} : { oidc }),
    ...(id === '' ? {} : { ownKey: { id, secret } }),
  })
}

/** The key comes by the environment: a command line can be read by everybody on the machine. */
function readDestination(
  { 'push-url': url, 'push-header': header }: { readonly [name: string]: unknown },
  { EVENTS_PUSH_KEY: key = '' }: Readonly<Record<string, string | undefined>>,
  wrong: string[],
): Settings['destination'] | undefined {
  if (typeof url !== 'string' || typeof header !== 'string') return undefined
  if (!isHttp(url)) wrong.push('--push-url must be an http or https URL')
  if (!/^[!-9;-~]{1,128}$/.test(header)) wrong.push('--push-header must be the name of a header')
  if (!/^[!-~]{16,512}$/.test(key))
    wrong.push('--push-url needs EVENTS_PUSH_KEY in the environment: 16 characters or more, without spaces')
  return { url, header, key }
}

/** The issuer is an identity and may be any URL; where it is asked must be on this machine. */
function readOidc(
  given: { readonly [name: string]: unknown },
  wrong: string[],
): Settings['oidc'] | undefined {
  const { 'oidc-issuer': issuer, 'oidc-role': role, 'oidc-subject': subject } = given
  if (typeof issuer !== 'string' || typeof role !== 'string') return undefined
  const at = typeof given['oidc-at'] === 'string' ? given['oidc-at'] : issuer
  const host = isHttp(at) ? new URL(at).hostname : ''
  if (!isHttp(issuer)) wrong.push('--oidc-issuer must be an http or https URL')
  if (!/^(?:127\.0\.0\.1|localhost|\[::1\])$/.test(host))
    wrong.push('--oidc-at must say where on this machine the issuer answers, such as http://127.0.0.1:4700')
  if (!/^[\w+=,.@-]{1,64}$/.test(role)) wrong.push('--oidc-role must be a role’s name')
  return { issuer, at, role, subject: typeof subject === 'string' ? subject : undefined }
}

const parse = (args: readonly string[]) => {
  try {
    return ok(parseArgs({ args: [...args], options: OPTIONS }).values)
  } catch (error) {
    return err(`${error instanceof Error ? error.message : String(error)}. Usage: ${USAGE}`)
  }
}

function isHttp(text: string): boolean {
  const protocol = URL.parse(text)?.protocol
  return protocol === 'http:' || protocol === 'https:'
}
