/**
 * Who the Worker is to AWS, as a Durable Object: one for the deployment (design §10). It makes the signing key, never lets
 * it out, and exchanges its tokens for credentials once for all isolates. What it tells is public, or lent for an hour.
 */
import { DurableObject } from 'cloudflare:workers'
import type { Clocks } from '../../shared/clock.ts'
import { err, type Result } from '../../shared/result.ts'
import type { AwsSettings } from '../env.ts'
import { logLine } from '../log.ts'
import { openObjectSql } from '../metering/sql.ts'
import { randomText } from '../random.ts'
import { openLender, type Lender } from './lender.ts'
import { openAddressPermits, RESOLVES, RESOLVES_OF_ADDRESS } from './permits.ts'
import { openSigningKeys, type KeyLine, type PublicKey, type SigningKeys } from './signing-keys.ts'
import { assumeRole, type Session } from './sts.ts'

/** What IAM's provider is made with. Source: quality-anchors F.3. */
const AUDIENCE = 'sts.amazonaws.com'
const TOKEN_SECONDS = 300

export interface IdentityOptions {
  readonly clocks: Clocks
  readonly pause: (ms: number) => Promise<void>
  /** The role to take on, or a sentence why that is not known. */
  readonly access: (env: Env) => Result<AwsSettings, string>
}

export interface IdentityCalls {
  /** Public keys, those that sign later among them. */
  publicKeys(): Promise<readonly PublicKey[]>
  /** Credentials in force, or why there are none. */
  lend(): Promise<Result<Session, string>>
  /** May ResolveCustomer be asked now, for this address? 0: yes; else the seconds to wait. */
  permitResolve(address: string | null): Promise<number>
  keyLines(): Promise<readonly KeyLine[]>
  rotate(): Promise<string>
  revoke(kid: string): Promise<boolean>
}

export type IdentityClass = new (ctx: DurableObjectState, env: Env) => DurableObject<Env> & IdentityCalls

/** The class over its clocks; the entry exports it under the name of the binding. */
export function identityObject({ clocks, pause, access }: IdentityOptions): IdentityClass {
  const { wall } = clocks
  return class IdentityObject extends DurableObject<Env> implements IdentityCalls {
    readonly #keys: SigningKeys
    readonly #lender: Lender
    readonly #resolves = openAddressPermits(RESOLVES_OF_ADDRESS, RESOLVES)
    readonly #env: Env
    readonly #storage: DurableObjectStorage

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env)
      this.#env = env
      this.#storage = ctx.storage
      this.#keys = openSigningKeys(openObjectSql(ctx.storage))
      this.#lender = openLender({
        wall,
        pause,
        log: logLine,
        exchange: () => this.#exchange(),
        read: () => this.#kept(),
        write: (session) => ctx.storage.kv.put('session', { ...session, role: this.#role()?.arn }),
      })
    }

    async publicKeys(): Promise<readonly PublicKey[]> {
      await this.#keys.tend(wall())
      return this.#keys.listed()
    }

    async lend(): Promise<Result<Session, string>> {
      const lent =
        this.#role() === undefined ? err('there is no role to take on: set AWS_ROLE_ARN') : undefined
      return lent ?? this.#lender.lend()
    }

    async permitResolve(address: string | null): Promise<number> {
      return this.#resolves.take(address, wall())
    }

    async keyLines(): Promise<readonly KeyLine[]> {
      await this.#keys.tend(wall())
      return this.#keys.lines(wall())
    }

    async rotate(): Promise<string> {
      return this.#keys.rotate(wall())
    }

    async revoke(kid: string): Promise<boolean> {
      const gone = await this.#keys.revoke(kid, wall())
      if (gone) {
        this.#lender.forget()
        this.#storage.kv.delete('session')
      }
      return gone
    }

    #role() {
      const read = access(this.#env)
      return read.ok && 'role' in read.value
        ? { ...read.value.role, endpoint: read.value.endpoint }
        : undefined
    }

    /** Of another role nothing is used any more. */
    #kept(): Session | undefined {
      const kept = this.#storage.kv.get<Session & { readonly role?: string }>('session')
      return kept !== undefined && kept.role === this.#role()?.arn ? kept : undefined
    }

    async #exchange() {
      const role = this.#role()
      if (role === undefined) return err({ kind: 'not_sent', message: 'there is no role' } as const)
      const now = Math.floor(wall() / 1000)
      const token = await this.#keys.sign(
        wall(),
        { typ: 'JWT' },
        {
          iss: role.issuer,
          sub: role.subject,
          aud: AUDIENCE,
          iat: now,
          exp: now + TOKEN_SECONDS,
          jti: randomText(),
        },
      )
      return assumeRole(role.arn, token, role.endpoint)
    }
  }
}
