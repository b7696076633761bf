/** Whether mail to buyers goes out. Pure. */
import type { MailOutputs } from '../../../shared/stack.ts'
import { sayOf, type Check, type Seen } from '../check.ts'
import type { MailFacts } from '../facts/mail.ts'
import { upOf } from './remedies.ts'

const say = sayOf('aws')

const CONSOLE = 'https://us-east-1.console.aws.amazon.com/ses/home?region=us-east-1#/account'

export function judgeMail(mail: Seen<MailFacts>, of: MailOutputs, stack: string): Check[] {
  if (!mail.ok) return [say.unseen('mail', mail.error)]
  return [
    judgeAccess(mail.value),
    judgeSending(mail.value),
    judgeIdentity(mail.value, of, stack),
    judgeSet(mail.value, of, stack),
  ]
}

function judgeAccess({ sandbox }: MailFacts): Check {
  return sandbox
    ? say.wrong(
        'mail: sandbox',
        'the account is in SES’s sandbox in us-east-1: mail goes to addresses it has verified alone, and buyers get none',
        `ask for production access at ${CONSOLE}; AWS answers within a day`,
      )
    : say.ok('mail: sandbox', 'the account has production access')
}

function judgeSending({ sending, enforcement }: MailFacts): Check {
  if (enforcement === 'SHUTDOWN' || (!sending && enforcement !== 'HEALTHY'))
    return say.wrong(
      'mail: sending',
      `SES has stopped the account’s mail (${enforcement})`,
      `answer AWS’s mail about it and its case at ${CONSOLE}`,
    )
  if (!sending)
    return say.wrong(
      'mail: sending',
      'sending is paused for the whole account',
      '`aws sesv2 put-account-sending-attributes --region us-east-1 --sending-enabled`',
    )
  return enforcement === 'PROBATION'
    ? say.wrong(
        'mail: sending',
        'SES has the account on probation',
        `see why at ${CONSOLE}: too many bounces or complaints`,
      )
    : say.ok('mail: sending', 'SES sends')
}

function judgeIdentity(
  { identity, missingRecords }: MailFacts,
  { domain, dnsRecords }: MailOutputs,
  stack: string,
): Check {
  const name = 'mail: identity'
  if (identity === null)
    return say.wrong(name, `SES does not know ${domain}`, `make it again: ${upOf(stack)}`)
  if (identity.dkim === 'SUCCESS' && identity.verified) return say.ok(name, `${domain}, signed with DKIM`)
  const lacking = dnsRecords.filter((record) => missingRecords?.includes(record.name) ?? true)
  if (lacking.length > 0)
    return say.wrong(
      name,
      `${domain}: DKIM is ${identity.dkim}${missingRecords === null ? '; its records could not be looked up' : `, ${lacking.length} of its ${dnsRecords.length} DNS records are missing`}`,
      `add to the DNS of ${domain}: ${lacking.map((one) => `${one.name} CNAME ${one.value}`).join('; ')} (at Cloudflare: DNS only, not proxied)`,
    )
  return identity.dkim === 'PENDING' || identity.dkim === 'TEMPORARY_FAILURE'
    ? say.wrong(
        name,
        `${domain}: DKIM is ${identity.dkim}, and its DNS records are there`,
        'wait: SES looks at them within 72 hours, most often within one',
        'AWS’s',
      )
    : say.wrong(
        name,
        `${domain}: DKIM is ${identity.dkim}, and its DNS records are there`,
        `have SES look again: in its console, Identities, ${domain}, DKIM, switch it off and on`,
      )
}

function judgeSet({ set }: MailFacts, { configurationSet }: MailOutputs, stack: string): Check {
  const name = 'mail: configuration set'
  if (set === null)
    return say.wrong(name, `SES does not know ${configurationSet}`, `make it again: ${upOf(stack)}`)
  if (!set.sending)
    return say.wrong(
      name,
      `sending is paused for ${configurationSet}`,
      `\`aws sesv2 put-configuration-set-sending-options --region us-east-1 --configuration-set-name ${configurationSet} --sending-enabled\``,
    )
  return set.bounces
    ? say.ok(name, `${configurationSet}, bounces are told`)
    : say.wrong(name, `${configurationSet} tells nobody of bounces`, upOf(stack))
}
