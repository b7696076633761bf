/** The stack's outputs as the doctor keeps them: all but what is secret. Pure. */
import type { EdgeOutputs, StackOutputs } from '../../shared/stack.ts'
import { settingsOf } from '../deploy/settings.ts'
import type { Sold } from '../deploy/sold.ts'

/** What of the stack is looked at. No member of it is a secret. */
export type Deployment = Pick<StackOutputs, 'deployment' | 'account' | 'metering'> & {
  /** Null: nothing is sold as SaaS. */
  readonly edge: Edge | null
}

/** What of the Worker's outputs is looked at. */
export type Edge = Omit<EdgeOutputs, 'credentials' | 'eventsPushKeys'> & {
  readonly credentials:
    | { readonly kind: 'role'; readonly roleArn: string; readonly providerArn: string }
    | { readonly kind: 'user'; readonly accessKeyId: string }
  /** The plain settings that a deployment of these outputs gives the Worker, but those that each makes anew. */
  readonly settings: Readonly<Record<string, string>>
  /** The names of what it sets as secrets. */
  readonly secretNames: readonly string[]
}

/** `sold`: absent: seller.config.ts cannot be read, and what it sells is not compared. */
export function withoutSecrets(outputs: StackOutputs, sold: Sold | undefined): Deployment {
  const { deployment, account, metering, edge } = outputs
  if (edge === null) return { deployment, account, metering, edge }
  const { credentials, eventsPushKeys: _, ...open } = edge
  const { vars, secrets } = settingsOf(outputs, edge, sold ?? {}, NOTHING_NEW, undefined)
  const { OPERATOR_KEY_HASH: _operator, DEPLOY_KEY_HASH: _deploy, SOLD, ...settings } = vars
  return {
    deployment,
    account,
    metering,
    edge: {
      ...open,
      credentials:
        credentials.kind === 'role' ? credentials : { kind: 'user', accessKeyId: credentials.accessKeyId },
      settings: sold === undefined || SOLD === undefined ? settings : { ...settings, SOLD },
      secretNames: Object.keys(secrets),
    },
  }
}

/** A deployment that makes no key: its settings are asked for their names and what follows from the outputs. */
const NOTHING_NEW = { deployKeyHash: '', operatorKeyHash: '', sessionSecret: '' }
