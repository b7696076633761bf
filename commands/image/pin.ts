/** Asks a registry for the digest of the index a base's tag names now. Anonymous; nothing but HTTPS, or HTTP on loopback. */
import { err, ok, type Result } from '../../shared/result.ts'

const ASK_WITHIN_MS = 20_000
const INDEXES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]

/** The digest of `gcr.io/distroless/nodejs24-debian13:nonroot`. The error says what happened and what to do. */
export async function findDigest(image: string, ask: typeof fetch = fetch): Promise<Result<string, string>> {
  const named = /^((?:[\w-]+\.)+[\w-]+(?::\d+)?|localhost(?::\d+)?)\/([\w./-]+):([\w.-]+)$/.exec(image)
  if (!named) return err(`${image} has no registry or no tag: name the base as registry/repository:tag`)
  const [, host = '', repository = '', tag = ''] = named
  const scheme = /^(localhost|127\.0\.0\.1)(:|$)/.test(host) ? 'http' : 'https'
  const address = `${scheme}://${host}/v2/${repository}/manifests/${tag}`
  const remedy = `give the digest by --base-digest sha256:…, or try again`
  try {
    let answer = await head(ask, address)
    if (answer.status === 401) {
      const token = await takeToken(ask, answer.headers.get('www-authenticate') ?? '')
      answer = await head(ask, address, token)
    }
    if (!answer.ok) return err(`${host} answers ${answer.status} when asked for ${image}: ${remedy}`)
    const type = answer.headers.get('content-type')?.split(';')[0] ?? ''
    if (!INDEXES.includes(type))
      return err(`${image} is one platform's manifest and no index: name a base for amd64 and arm64`)
    const digest = answer.headers.get('docker-content-digest') ?? ''
    return /^sha256:[0-9a-f]{64}$/.test(digest) ? ok(digest) : err(`${host} named no digest: ${remedy}`)
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    return err(`${host} cannot be asked for the digest of ${image} (${said}): ${remedy}`)
  }
}

const head = (ask: typeof fetch, address: string, token?: string): Promise<Response> =>
  ask(address, {
    method: 'HEAD',
    headers: {
      accept: INDEXES.join(', '),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    signal: AbortSignal.timeout(ASK_WITHIN_MS),
  })

/** A token for anybody, as the registry's challenge says where to get it. */
async function takeToken(ask: typeof fetch, challenge: string): Promise<string> {
  const parts = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name ?? '', value ?? '']),
  )
  const { realm = '', service = '', scope = '' } = parts
  const answer = await ask(`${realm}?${new URLSearchParams({ service, scope }).toString()}`, {
    signal: AbortSignal.timeout(ASK_WITHIN_MS),
  })
  const { token = '' } = (await answer.json()) as { token?: string }
  return token
}
