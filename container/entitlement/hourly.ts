/** Pricing by the hour or month: RegisterUsage once, and AWS meters from then on (facts, aws-runtime §3). */
import type { MeteringCalls } from '../aws/metering.ts'
import type { ContainerProductView } from '../../shared/seller/views.ts'
import { readPublicKey, verifyRegistration } from './jwt.ts'
import type { EntitlementMode, Verdict } from './mode.ts'
import { granted, settled } from './once.ts'
import { verdictOf } from './refusals.ts'

export interface HourlyPorts {
  readonly calls: Pick<MeteringCalls, 'registerUsage'>
  /** Another text each time that nobody can guess, at most 255 characters. */
  readonly nonce: () => string
}

export function hourlyMode(product: ContainerProductView, { calls, nonce }: HourlyPorts): EntitlementMode {
  const asked = {
    operation: 'RegisterUsage',
    action: 'aws-marketplace:RegisterUsage',
    title: product.title,
    productCode: product.code,
  }

  return settled('hourly', async (now): Promise<Verdict> => {
    const key = product.register === null ? null : readPublicKey(product.register.publicKey)
    if (product.register === null || key === null) {
      return {
        kind: 'misconfigured',
        code: 'public-key',
        why: 'This image holds no public key of AWS: its seller has to write register.publicKey into seller.config.ts and build it again.',
      }
    }
    const { publicKeyVersion } = product.register
    const expected = { productCode: product.code, publicKeyVersion, nonce: nonce() }
    const said = await calls.registerUsage(expected)
    if (!said.ok) return verdictOf(said.error, asked)

    const verified = verifyRegistration(said.value.signature, key, expected)
    if (!verified.ok) {
      return {
        kind: 'not-entitled',
        code: 'bad-signature',
        why: `The answer to RegisterUsage is not signed by AWS: ${verified.error}. Nobody may answer in the place of AWS; if nobody did, the seller of ${product.title} has to build the image with AWS's present public key.`,
      }
    }
    const { rotatedAt } = said.value
    return granted(
      'hourly',
      now,
      rotatedAt === null ? [] : [rotation(publicKeyVersion, rotatedAt, product.title)],
    )
  })
}

const rotation = (version: number, rotatedAt: number, title: string): string =>
  `AWS has replaced public key version ${version} on ${new Date(rotatedAt).toISOString()}. This image still starts; tell the seller of ${title} to build it with the present key.`
