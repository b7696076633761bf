/** The Worker's public name at Cloudflare: that it can be had is seen before anything is made. Nothing of another's is taken. */
import { objectOf, textMember } from '../../shared/aws/json.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { describeApiFailure, isAbsent, oneOf, type Cloudflare } from './cloudflare.ts'
import { EXIT, failure, type Failure } from './exit.ts'
import { isLoopback } from './origin.ts'
import { RIGHTS } from './standing.ts'

/** `here`: on this machine, a rehearsal: no name is made. */
export type Address =
  | { readonly kind: 'domain'; readonly host: string; readonly zone: string; readonly attached: boolean }
  | { readonly kind: 'workers-dev' }
  | { readonly kind: 'here' }

/** Where `publicUrl` will be. Refused when its zone is not in the account, or the name is another Worker's. */
export async function findAddress(
  cloudflare: Cloudflare,
  publicUrl: string,
  worker: string,
): Promise<Result<Address, Failure>> {
  if (isLoopback(publicUrl)) return ok({ kind: 'here' })
  const { hostname, port } = new URL(publicUrl)
  if (port !== '')
    return err(
      failure(
        EXIT.refused,
        `${publicUrl} names a port; a Worker answers on 443 only: correct tollgate:publicUrl, then \`npm run up\`.`,
      ),
    )
  return hostname.endsWith('.workers.dev')
    ? onWorkersDev(cloudflare, hostname, worker)
    : onDomain(cloudflare, hostname, worker)
}

async function onWorkersDev(
  cloudflare: Cloudflare,
  host: string,
  worker: string,
): Promise<Result<Address, Failure>> {
  const found = await cloudflare.call({ path: `/accounts/${cloudflare.account}/workers/subdomain` })
  if (!found.ok && !isAbsent(found.error))
    return err(describeApiFailure('read the workers.dev subdomain', RIGHTS.scripts, found.error))
  const subdomain = found.ok ? textMember(objectOf(found.value), 'subdomain') : undefined
  if (subdomain === undefined)
    return err(
      failure(
        EXIT.refused,
        `This Cloudflare account has no workers.dev subdomain yet: open Workers & Pages in its dashboard once, choose one, and set tollgate:publicUrl to https://${worker}.<subdomain>.workers.dev, then \`npm run up\`.`,
      ),
    )
  const own = `${worker}.${subdomain}.workers.dev`
  if (own === host) return ok({ kind: 'workers-dev' })
  return err(
    failure(
      EXIT.refused,
      `The Worker will be at https://${own}, but the stack says https://${host}: set tollgate:publicUrl to the former and run \`npm run up\`, for AWS trusts that name to the letter.`,
    ),
  )
}

async function onDomain(
  cloudflare: Cloudflare,
  host: string,
  worker: string,
): Promise<Result<Address, Failure>> {
  const zone = await findZone(cloudflare, host)
  if (!zone.ok) return zone
  const domains = await cloudflare.call({
    path: `/accounts/${cloudflare.account}/workers/domains?hostname=${host}`,
  })
  if (!domains.ok) return err(describeApiFailure('list the custom domains', RIGHTS.scripts, domains.error))
  const service = textMember(oneOf(domains.value, 'hostname', host), 'service')
  if (service !== undefined && service !== worker)
    return err(
      failure(
        EXIT.refused,
        `https://${host} is the custom domain of another Worker, ${service}: take it off there, or give this stack another tollgate:publicUrl.`,
      ),
    )
  return ok({ kind: 'domain', host, zone: zone.value, attached: service !== undefined })
}

/** The zone of the longest part of the name that is one. */
async function findZone(cloudflare: Cloudflare, host: string): Promise<Result<string, Failure>> {
  const labels = host.split('.')
  for (let from = 0; from <= labels.length - 2; from++) {
    const name = labels.slice(from).join('.')
    const zones = await cloudflare.call({ path: `/zones?name=${name}&account.id=${cloudflare.account}` })
    if (!zones.ok) return err(describeApiFailure('list the zones', RIGHTS.zone, zones.error))
    const id = textMember(oneOf(zones.value, 'name', name), 'id')
    if (id !== undefined) return ok(id)
  }
  return err(
    failure(
      EXIT.refused,
      `No zone of this Cloudflare account holds ${host}, or the token may not see it: add the domain to the account (or the right ${RIGHTS.zone} for it to the token), or set tollgate:publicUrl to a name in a zone that is there.`,
    ),
  )
}

/** Gives the Worker its domain. A name that something else has is left to it: wrangler without a terminal would take it. */
export async function attachDomain(
  cloudflare: Cloudflare,
  { host, zone }: Extract<Address, { kind: 'domain' }>,
  worker: string,
): Promise<Result<void, Failure>> {
  const done = await cloudflare.call({
    method: 'PUT',
    path: `/accounts/${cloudflare.account}/workers/scripts/${worker}/domains/records`,
    body: {
      override_scope: true,
      override_existing_origin: false,
      override_existing_dns_record: false,
      origins: [{ hostname: host, zone_id: zone }],
    },
  })
  if (done.ok) return ok(undefined)
  const { error } = done
  if (error.kind === 'refused' && (error.status === 409 || error.status === 400))
    return err(
      failure(
        EXIT.stopped,
        `Cloudflare does not give ${host} to the Worker (${error.message}, code ${error.code}): a DNS record or another Worker has that name. Remove it in the zone's DNS page if it is yours to remove, and give the same command again.`,
      ),
    )
  return err(describeApiFailure(`give ${host} to the Worker`, RIGHTS.routes, error))
}
