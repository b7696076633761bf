/**
 * A thousand tasks that start within two seconds, in virtual time, against AWS's quotas: the container's own start policy and
 * entitlement checks, the simulator's machine. No I/O.
 */
import { createSign, constants, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { MeteringCalls } from '../../../container/aws/metering.ts'
import type { LicenseCalls } from '../../../container/aws/license-manager.ts'
import { memoryCheckouts } from '../../../container/entitlement/checkout-store.ts'
import { contractMode } from '../../../container/entitlement/contract.ts'
import { customMeteringMode } from '../../../container/entitlement/custom-metering.ts'
import { hourlyMode } from '../../../container/entitlement/hourly.ts'
import type { EntitlementMode } from '../../../container/entitlement/mode.ts'
import { persist } from '../../../container/persist.ts'
import type { CallFailure } from '../../../shared/aws/failure.ts'
import { err, ok, type Result } from '../../../shared/result.ts'
import type { ContainerProductView } from '../../../shared/seller/views.ts'
import type { CommandKind, CommandOf } from '../../../simulator/marketplace/commands.ts'
import { apply, newState } from '../../../simulator/marketplace/machine.ts'
import type { Json } from '../../../simulator/marketplace/model.ts'
import { openRandom } from '../random.ts'
import { openLoop } from '../runtime/time.ts'
import { BUYER, PRODUCT, REGION } from './runtime/aws.ts'

export const BOOTS = ['RegisterUsage', 'MeterUsage DryRun', 'CheckoutLicense'] as const
export type Boot = (typeof BOOTS)[number]

/** Calls a second that AWS takes. License Manager's quota is not published: RegisterUsage's is taken. */
const QUOTA: Readonly<Record<Boot, number>> = {
  RegisterUsage: 5,
  'MeterUsage DryRun': 10,
  CheckoutLicense: 5,
}

const PRICING = {
  RegisterUsage: 'hourly',
  'MeterUsage DryRun': 'custom-metering',
  CheckoutLicense: 'contract',
} as const

export interface Booted {
  readonly boot: Boot
  /** When each task was up, ms after the first began; in order. */
  readonly upMs: readonly number[]
  /** Exit codes of those that gave up. */
  readonly exits: readonly number[]
  readonly calls: number
  readonly throttled: number
}

const START = Date.UTC(2026, 10, 9, 12)
const WITHIN_MS = 40 * 60_000

export async function bootAll(boot: Boot, tasks: number, seed: number): Promise<Booted> {
  const loop = openLoop(START)
  const state = newState(seed, START - 86_400_000)
  const act = <K extends CommandKind>(command: CommandOf<K>, at = loop.now()) =>
    apply(state, command, { business: at, wall: at }).answer
  // As in AWS's own example, and quick to sign with.
  const keys = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const product = productOf(boot, keys.publicKey)
  act(
    {
      kind: 'set_view',
      view: {
        sellerAccount: '294406891311',
        sellerName: 'Skillsmith',
        buyers: [{ account: BUYER, name: BUYER }],
        products: [
          {
            ...PRODUCT,
            title: product.title,
            kind: 'container',
            pricing: PRICING[boot],
            integration: 'license',
            publicKeyVersion: 1,
            dimensions: [
              {
                key: 'team',
                title: 'Team',
                unit: 'Units',
                licenseUnit: 'None',
                price: '0.01',
                metered: boot === 'MeterUsage DryRun',
                offered: true,
                contract: { monthly: '25.00', annual: '270.00', quantities: [1] },
              },
            ],
          },
        ],
      },
    },
    START - 86_400_000,
  )
  const bought =
    boot === 'CheckoutLicense' ? { bought: [{ dimension: 'team', quantity: 1 }], term: 'year' as const } : {}
  const subscribed = act(
    { kind: 'subscribe', product: PRODUCT.key, account: BUYER, ...bought },
    START - 86_400_000,
  )
  if (!('ok' in subscribed) || !subscribed.ok) throw new Error('the product could not be bought')
  act({ kind: 'release_due' })

  const upMs: number[] = []
  const exits: number[] = []
  const passed: number[] = []
  let calls = 0
  let throttled = 0

  /** One call as it travels; the machine counts it, and where it has no quota of its own, this does. */
  const call = (
    task: string,
    operation: 'RegisterUsage' | 'MeterUsage' | 'CheckoutLicense',
    input: Json,
  ): Promise<Result<Json, CallFailure>> =>
    new Promise((resolve) => {
      calls += 1
      const answer = (): Result<Json, CallFailure> => {
        const since = passed.findIndex((at) => at > loop.now() - 1_000)
        const recent = since === -1 ? 0 : passed.length - since
        const refused = (name: string, status = 400): Result<Json, CallFailure> => {
          if (/Throttling|RateLimit/.test(name)) throttled += 1
          return err({ kind: 'refused', name, message: name, status })
        }
        if (operation === 'CheckoutLicense' && recent >= QUOTA[boot])
          return refused('RateLimitExceededException')
        passed.push(loop.now())
        const said = act({ kind: 'api', operation, caller: { account: BUYER, region: REGION, task }, input })
        return said.ok ? ok(said.body) : refused(said.code, said.status)
      }
      loop.at(loop.now() + 40, () => {
        const said = answer()
        loop.at(loop.now() + 40, () => resolve(said))
      })
    })

  async function start(task: string, number: number): Promise<void> {
    const random = openRandom(seed, `task ${number}`)
    const mode = modeOf(boot, product, {
      task,
      number,
      call,
      key: keys.privateKey,
      random: () => random.unit(),
    })
    const entitled = await persist(
      async () => {
        const said = await mode.ask(loop.now())
        return said.kind === 'entitled' ? ok(null) : err(said)
      },
      {
        wall: () => loop.now(),
        random: () => random.unit(),
        pause: (ms) => loop.pause(Math.ceil(ms)),
        signal: new AbortController().signal,
        since: loop.now(),
        onWait: () => {},
      },
    )
    if (entitled.ok) upMs.push(loop.now() - START)
    else exits.push(entitled.error.exit)
  }

  let broken: Error | null = null
  for (let number = 0; number < tasks; number++)
    loop.at(START + Math.floor((2_000 * number) / tasks), () => {
      const made = act({ kind: 'run_task', account: BUYER, launch: 'ecs', product: PRODUCT.key })
      if (!('ok' in made) || !made.ok) throw new Error('no task was made')
      void start(made.value.id, number).catch((thrown: unknown) => {
        broken ??= new Error('a start threw', { cause: thrown })
      })
    })
  await loop.run(START + WITHIN_MS, () => {
    if (broken !== null) throw broken
  })
  return { boot, upMs, exits, calls, throttled }
}

function productOf(boot: Boot, key: KeyObject): ContainerProductView {
  return {
    ...PRODUCT,
    title: 'Skillsmith',
    pricing: PRICING[boot],
    metering: 'task',
    dimensions: [
      { key: 'team', price: '0.01', metered: true, charge: { kind: 'sum', meter: 'm_team' }, allowances: {} },
    ],
    chargedBy: { plans: [], defaultPlan: null },
    register:
      boot === 'RegisterUsage'
        ? { publicKeyVersion: 1, publicKey: key.export({ type: 'spki', format: 'pem' }).toString() }
        : null,
    checkouts: boot === 'CheckoutLicense' ? [{ key: 'team', checkout: { kind: 'tier' }, plan: null }] : [],
  }
}

interface Asking {
  readonly task: string
  readonly number: number
  readonly key: KeyObject
  readonly random: () => number
  readonly call: (
    task: string,
    operation: 'RegisterUsage' | 'MeterUsage' | 'CheckoutLicense',
    input: Json,
  ) => Promise<Result<Json, CallFailure>>
}

const member = (body: Json, name: string): Json | undefined =>
  typeof body === 'object' && body !== null && !Array.isArray(body) ? body[name] : undefined

/** The container's own checks over calls as the machine answers them. */
function modeOf(boot: Boot, product: ContainerProductView, asking: Asking): EntitlementMode {
  const { task, number, call, key, random } = asking
  let tokens = 0
  const token = (): string => `${number}-${++tokens}`
  switch (boot) {
    case 'RegisterUsage': {
      const calls: Pick<MeteringCalls, 'registerUsage'> = {
        async registerUsage({ productCode, publicKeyVersion, nonce }) {
          const said = await call(task, 'RegisterUsage', {
            ProductCode: productCode,
            PublicKeyVersion: publicKeyVersion,
            Nonce: nonce,
          })
          if (!said.ok) return said
          return ok({ signature: signed(member(said.value, 'claims') ?? null, key), rotatedAt: null })
        },
      }
      return hourlyMode(product, { calls, nonce: token })
    }
    case 'MeterUsage DryRun': {
      const calls: Pick<MeteringCalls, 'dryRun'> = {
        async dryRun(usage) {
          const said = await call(task, 'MeterUsage', {
            ProductCode: usage.productCode,
            Timestamp: Math.floor(usage.timestamp / 1_000),
            UsageDimension: usage.dimension,
            UsageQuantity: usage.quantity,
            ClientToken: usage.clientToken,
            DryRun: true,
          })
          if (said.ok) return ok(null)
          return said.error.kind === 'refused' && said.error.name.startsWith('DryRunOperation')
            ? ok(null)
            : said
        },
      }
      return customMeteringMode(product, { calls, token, now: () => START + 60_000 })
    }
    case 'CheckoutLicense': {
      const calls: LicenseCalls = {
        async checkout({ sku, type, entitlements, clientToken }) {
          const said = await call(task, 'CheckoutLicense', {
            ProductSKU: sku,
            CheckoutType: type,
            KeyFingerprint: 'aws:294406891311:AWS/Marketplace:issuer-fingerprint',
            Entitlements: entitlements.map(({ name }) => ({ Name: name, Unit: 'None' })),
            ClientToken: clientToken,
          })
          if (!said.ok) return said
          return ok({
            allowed: entitlements.map(({ name }) => ({ name, value: null })),
            consumptionToken: JSON.stringify(member(said.value, 'LicenseConsumptionToken')),
            expires: START + 3_600_000,
          })
        },
        extend: async () => err({ kind: 'not_sent', message: 'nothing is extended at a start' }),
        checkIn: async () => ok(null),
      }
      return contractMode(product, [], { calls, store: memoryCheckouts(), token, random })
    }
  }
}

/** The claims as AWS signs them: a compact JWS, PS256. */
function signed(claims: Json, key: KeyObject): string {
  const part = (value: Json): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'PS256', typ: 'JWT' })}.${part(claims)}`
  const signature = createSign('sha256')
    .update(text)
    .sign({ key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })
  return `${text}.${signature.toString('base64url')}`
}
