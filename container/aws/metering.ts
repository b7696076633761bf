/** RegisterUsage and MeterUsage, signed by the task's own role: one call each, made once. */
import {
  MarketplaceMeteringClient,
  MeterUsageCommand,
  RegisterUsageCommand,
} from '@aws-sdk/client-marketplace-metering'
import type { CallFailure } from '../../shared/aws/failure.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { callOnce, clientOptions, tellServerTime, type AwsAccess } from './access.ts'

export interface RegisterUsage {
  readonly productCode: string
  readonly publicKeyVersion: number
  readonly nonce: string
}

export interface Registered {
  /** A compact JWS, not verified yet. */
  readonly signature: string
  /** When AWS changed the key, epoch ms: only where `publicKeyVersion` is an old one. */
  readonly rotatedAt: number | null
}

export interface MeterUsage {
  readonly productCode: string
  readonly dimension: string
  /** Epoch ms; AWS rounds it down to the hour. */
  readonly timestamp: number
  readonly quantity: number
  /** The SDK would invent another for each call, and AWS could not know a repeated one. */
  readonly clientToken: string
}

/** AWS's metering service for one task. */
export interface MeteringCalls {
  registerUsage(usage: RegisterUsage): Promise<Result<Registered, CallFailure>>
  /** The value is AWS's MeteringRecordId. */
  meterUsage(usage: MeterUsage): Promise<Result<string, CallFailure>>
  /** Whether AWS would take it; nothing is recorded. */
  dryRun(usage: MeterUsage): Promise<Result<null, CallFailure>>
}

/** Source: API_MeterUsage, DryRun, "If you have permissions, DryRunOperation" (2026-11-21). It is an error on the wire. */
const PERMITTED = 'DryRunOperation'

export function meteringCalls(access: AwsAccess): MeteringCalls {
  const client = new MarketplaceMeteringClient(clientOptions(access))
  client.middlewareStack.add((next) => async (args) => tellServerTime(access, await next(args)), {
    step: 'deserialize',
    priority: 'low',
    name: 'date',
  })

  const command = (usage: MeterUsage, dryRun: boolean): MeterUsageCommand =>
    new MeterUsageCommand({
      ProductCode: usage.productCode,
      UsageDimension: usage.dimension,
      Timestamp: new Date(usage.timestamp),
      UsageQuantity: usage.quantity,
      ClientToken: usage.clientToken,
      DryRun: dryRun,
    })

  return {
    async registerUsage({ productCode, publicKeyVersion, nonce }) {
      const input = { ProductCode: productCode, PublicKeyVersion: publicKeyVersion, Nonce: nonce }
      const said = await callOnce(access, (options) => client.send(new RegisterUsageCommand(input), options))
      if (!said.ok) return said
      const { Signature: signature, PublicKeyRotationTimestamp: rotated } = said.value
      if (typeof signature !== 'string' || signature === '') return unreadable('RegisterUsage: no Signature')
      const rotatedAt = rotated instanceof Date ? rotated.getTime() : Number.NaN
      return ok({ signature, rotatedAt: Number.isNaN(rotatedAt) ? null : rotatedAt })
    },

    async meterUsage(usage) {
      const said = await callOnce(access, (options) => client.send(command(usage, false), options))
      if (!said.ok) return said
      const receipt = said.value.MeteringRecordId
      return typeof receipt === 'string' && receipt !== ''
        ? ok(receipt)
        : unreadable('MeterUsage: no MeteringRecordId')
    },

    async dryRun(usage) {
      const said = await callOnce(access, (options) => client.send(command(usage, true), options))
      if (said.ok || (said.error.kind === 'refused' && said.error.name.startsWith(PERMITTED))) return ok(null)
      return said
    },
  }
}

const unreadable = (message: string): Result<never, CallFailure> => err({ kind: 'unexpected_body', message })
