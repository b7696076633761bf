/** The one key under which queues and topics of the stack are encrypted; nothing that holds billing data is read without it. */
import * as aws from '@pulumi/aws'
import { textOf } from './document.ts'
import { keyPolicy, type KeyUsers } from './policies.ts'

/** Events, alarms and mail are there, whatever the stack's Region. */
export const EVENTS_REGION = 'us-east-1'

/** On what holds billing data or cannot be made again: no `up` deletes it, and `destroy` leaves it where it is. */
export const KEPT = { protect: true, retainOnDelete: true } as const

/** Named `key`, once a stack; its alias is `alias/tollgate-<stack>`. */
export function encryptionKey(stack: string, users: KeyUsers): aws.kms.Key {
  const key = new aws.kms.Key(
    'key',
    {
      description: `Tollgate, ${stack}: events, usage and alarms`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      policy: textOf(keyPolicy(users)),
      region: EVENTS_REGION,
    },
    KEPT,
  )
  const alias = { name: `alias/tollgate-${stack}`, targetKeyId: key.id, region: EVENTS_REGION }
  new aws.kms.Alias('key-alias', alias)
  return key
}
