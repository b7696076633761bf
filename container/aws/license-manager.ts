/** CheckoutLicense, ExtendLicenseConsumption and CheckInLicense, signed by the task's own role: one call each, made once. */
import {
  CheckInLicenseCommand,
  CheckoutLicenseCommand,
  ExtendLicenseConsumptionCommand,
  LicenseManagerClient,
} from '@aws-sdk/client-license-manager'
import type { CallFailure } from '../../shared/aws/failure.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { callOnce, clientOptions, tellServerTime, type AwsAccess } from './access.ts'

/** AWS Marketplace as an issuer of licenses. Source: container-license-manager-integration, "isn't a placeholder" (2026-11-21). */
const KEY_FINGERPRINT = 'aws:294406891311:AWS/Marketplace:issuer-fingerprint'

export interface Checkout {
  /** `prod-…`. */
  readonly sku: string
  readonly type: 'PROVISIONAL' | 'PERPETUAL'
  /** `quantity` null: a tier, `Unit: None`. */
  readonly entitlements: readonly { readonly name: string; readonly quantity: number | null }[]
  /** The same for a retry, another for another checkout. */
  readonly clientToken: string
}

/** What AWS gave. */
export interface CheckedOut {
  readonly allowed: readonly { readonly name: string; readonly value: string | null }[]
  /** Names it to AWS when it is extended or given back. */
  readonly consumptionToken: string
  /** The lease's end, epoch ms; null: AWS named none. */
  readonly expires: number | null
}

export interface LicenseCalls {
  checkout(checkout: Checkout): Promise<Result<CheckedOut, CallFailure>>
  extend(consumptionToken: string): Promise<Result<Omit<CheckedOut, 'allowed'>, CallFailure>>
  checkIn(consumptionToken: string): Promise<Result<null, CallFailure>>
}

export function licenseCalls(access: AwsAccess): LicenseCalls {
  let client = connect(access, access.region)

  /** Makes a call, and once more where AWS says that another Region has the license; that Region is kept. */
  async function call<T>(
    send: (client: LicenseManagerClient, options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<Result<T, CallFailure>> {
    let location: string | null = null
    const said = await callOnce(access, async (options) => {
      try {
        return await send(client, options)
      } catch (thrown) {
        location = locationOf(thrown)
        throw thrown
      }
    })
    const region = said.ok || location === null ? null : regionIn(location)
    if (region === null) return said
    client = connect(access, region)
    return callOnce(access, (options) => send(client, options))
  }

  return {
    async checkout({ sku, type, entitlements, clientToken }) {
      const command = new CheckoutLicenseCommand({
        ProductSKU: sku,
        CheckoutType: type,
        KeyFingerprint: KEY_FINGERPRINT,
        Entitlements: entitlements.map(({ name, quantity }) =>
          quantity === null
            ? { Name: name, Unit: 'None' }
            : { Name: name, Value: String(quantity), Unit: 'Count' },
        ),
        ClientToken: clientToken,
      })
      const said = await call((at, options) => at.send(command, options))
      if (!said.ok) return said
      const { EntitlementsAllowed, LicenseConsumptionToken, Expiration } = said.value
      if (!Array.isArray(EntitlementsAllowed) || !LicenseConsumptionToken)
        return unreadable('CheckoutLicense: no EntitlementsAllowed or no LicenseConsumptionToken')
      const allowed = EntitlementsAllowed.flatMap(({ Name, Value }) =>
        typeof Name === 'string' ? [{ name: Name, value: Value ?? null }] : [],
      )
      return ok({ allowed, consumptionToken: LicenseConsumptionToken, expires: instantOf(Expiration) })
    },

    async extend(consumptionToken) {
      const command = new ExtendLicenseConsumptionCommand({ LicenseConsumptionToken: consumptionToken })
      const said = await call((at, options) => at.send(command, options))
      if (!said.ok) return said
      return ok({
        consumptionToken: said.value.LicenseConsumptionToken ?? consumptionToken,
        expires: instantOf(said.value.Expiration),
      })
    },

    async checkIn(consumptionToken) {
      const command = new CheckInLicenseCommand({ LicenseConsumptionToken: consumptionToken })
      const said = await call((at, options) => at.send(command, options))
      return said.ok ? ok(null) : said
    },
  }
}

function connect(access: AwsAccess, region: string): LicenseManagerClient {
  const client = new LicenseManagerClient(clientOptions(access, region))
  client.middlewareStack.add((next) => async (args) => tellServerTime(access, await next(args)), {
    step: 'deserialize',
    priority: 'low',
    name: 'date',
  })
  return client
}

/**
 * An instant as License Manager writes it, epoch ms. The model asks for a zone and the guide's example has none: then it
 * is UTC. Source: CheckoutLicense, Expiration; facts, aws-runtime §6.2 (2026-11-21).
 */
export function instantOf(text: string | undefined): number | null {
  if (text === undefined) return null
  const zoned = /(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`
  const instant = Date.parse(zoned)
  return Number.isNaN(instant) ? null : instant
}

function locationOf(thrown: unknown): string | null {
  if (!(thrown instanceof Error) || thrown.name !== 'RedirectException') return null
  const location: unknown = Reflect.get(thrown, 'Location')
  return typeof location === 'string' ? location : null
}

/** The Region that a RedirectException names, alone or in a host. Only the name is taken: no host but AWS's own is called. */
export const regionIn = (location: string): string | null =>
  /(?:^|[./])([a-z]{2}(?:-[a-z]+){1,3}-\d)(?:[./:]|$)/.exec(location)?.[1] ?? null

const unreadable = (message: string): Result<never, CallFailure> => err({ kind: 'unexpected_body', message })
