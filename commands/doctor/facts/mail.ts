/** What SES and the DNS say of mail to buyers. Reads only. */
import {
  GetAccountCommand,
  GetConfigurationSetCommand,
  GetConfigurationSetEventDestinationsCommand,
  GetEmailIdentityCommand,
} from '@aws-sdk/client-sesv2'
import { ok } from '../../../shared/result.ts'
import type { MailOutputs } from '../../../shared/stack.ts'
import type { Seen } from '../check.ts'
import { ask, type Aws } from './aws.ts'

export interface MailFacts {
  readonly sandbox: boolean
  /** False: SES stopped the account's mail, or the seller did. */
  readonly sending: boolean
  /** HEALTHY, PROBATION or SHUTDOWN. */
  readonly enforcement: string
  /** Null: SES knows no such identity. */
  readonly identity: { readonly verified: boolean; readonly dkim: string } | null
  /** Null: there is no such set. */
  readonly set: { readonly sending: boolean; readonly bounces: boolean } | null
  /** Which of the domain's records the DNS does not have, by name; null: it could not be asked. */
  readonly missingRecords: readonly string[] | null
}

/** The targets of a name's CNAME; rejects with the resolver's code. */
export type ResolveName = (name: string) => Promise<readonly string[]>

export async function fetchMail(
  { ses }: Aws,
  mail: MailOutputs,
  resolveName: ResolveName,
): Promise<Seen<MailFacts>> {
  const account = await ask('ses:GetAccount', () => ses.send(new GetAccountCommand({})))
  if (!account.ok) return account
  const identity = await ask('ses:GetEmailIdentity', () =>
    ses.send(new GetEmailIdentityCommand({ EmailIdentity: mail.domain })),
  )
  if (!identity.ok) return identity
  const ConfigurationSetName = mail.configurationSet
  const set = await ask('ses:GetConfigurationSet', () =>
    ses.send(new GetConfigurationSetCommand({ ConfigurationSetName })),
  )
  if (!set.ok) return set
  const destinations = await ask('ses:GetConfigurationSetEventDestinations', () =>
    ses.send(new GetConfigurationSetEventDestinationsCommand({ ConfigurationSetName })),
  )
  if (!destinations.ok) return destinations
  const bounces = (destinations.value?.EventDestinations ?? []).some(
    ({ Enabled, MatchingEventTypes }) => Enabled === true && MatchingEventTypes?.includes('BOUNCE') === true,
  )
  return ok({
    sandbox: account.value?.ProductionAccessEnabled !== true,
    sending: account.value?.SendingEnabled === true,
    enforcement: account.value?.EnforcementStatus ?? 'HEALTHY',
    identity:
      identity.value === null
        ? null
        : {
            verified: identity.value.VerifiedForSendingStatus === true,
            dkim: identity.value.DkimAttributes?.Status ?? 'NOT_STARTED',
          },
    set: set.value === null ? null : { sending: set.value.SendingOptions?.SendingEnabled !== false, bounces },
    missingRecords: await missingOf(mail.dnsRecords, resolveName),
  })
}

async function missingOf(
  records: MailOutputs['dnsRecords'],
  resolveName: ResolveName,
): Promise<readonly string[] | null> {
  const missing: string[] = []
  for (const { name, value } of records) {
    try {
      const targets = await resolveName(name)
      if (!targets.some((target) => bare(target) === bare(value))) missing.push(name)
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
      if (code !== 'ENOTFOUND' && code !== 'ENODATA') return null
      missing.push(name)
    }
  }
  return missing
}

const bare = (name: string): string => name.toLowerCase().replace(/\.$/, '')
