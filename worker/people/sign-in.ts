/**
 * Signing in by a link in a mail: asked for, looked at, used once (issue §7). Whether anybody has an address is told to
 * nobody: what depends on it is done behind the answer. Wall time.
 */
import { err, ok, type Result } from '../../shared/result.ts'
import { sha256Hex } from '../../shared/sha256.ts'
import { sendMail } from '../aws/ses.ts'
import { note } from '../audit/audited.ts'
import {
  askSignIn,
  consumeLink,
  endSignIn,
  findLink,
  LINK_MS,
  subscriptionsOf,
  type Link,
} from '../db/sign-ins.ts'
import { addressOf } from '../deliveries/addressee.ts'
import { render } from '../deliveries/letter.ts'
import { signInLetter } from '../deliveries/texts.ts'
import { triedInVain } from '../deliveries/tried.ts'
import type { Edge } from '../env.ts'
import { logLine, messageOf } from '../log.ts'
import { randomText } from '../random.ts'
import { addressOf as placeOf, encodeBase64Url } from '../web.ts'

/** Letters and digits that nobody guesses: 256 bits. */
const SECRET_LENGTH = 43
const SECRET = /^[0-9A-Za-z]{43}$/

/** True where a link can be sent: it needs a sender, and an address of ours that no request has chosen. */
export const canSignIn = ({ settings }: Edge): boolean =>
  settings.mailFrom !== undefined && settings.publicUrl !== undefined

/** A link was asked for. `browser` goes into a cookie; `sending` is done when the mail is, if there is one. */
export interface Asked {
  readonly browser: string
  readonly sending: Promise<void>
}

/**
 * Asks for a link; undefined: too often. Takes as long, and answers the same, whoever has the address. `kept` is what this
 * browser has from asking before: both mails are good then.
 */
export async function askForLink(
  edge: Edge,
  request: Request,
  typed: string,
  kept: string | undefined,
): Promise<Asked | undefined> {
  const { settings, clocks } = edge
  const id = `sgn_${randomText()}`
  const token = randomText(SECRET_LENGTH)
  const browser = kept !== undefined && SECRET.test(kept) ? kept : randomText(SECRET_LENGTH)
  const email = await askSignIn(settings.db, {
    id,
    tokenSha256: await sha256Hex(token),
    browserSha256: await sha256Hex(browser),
    email: typed,
    personMac: await macOf(settings.sessionSecret, `person|${typed.toLowerCase()}`),
    placeMac: await macOf(settings.sessionSecret, `place|${placeOf(request) ?? id}`),
    now: clocks.wall(),
  })
  if (email === undefined) return undefined
  return { browser, sending: email === null ? Promise.resolve() : sendLink(edge, id, email, token) }
}

/** Sends the link. Never throws; the log says what went wrong, without the address and without the link. */
async function sendLink(edge: Edge, id: string, email: string, token: string): Promise<void> {
  const { mailFrom = '', publicUrl = '', mailConfigurationSet } = edge.settings
  const { branding, seller } = edge.seller
  try {
    const subject = await accountsOf(edge, email)
    const noted = await note(edge, { kind: 'ask sign-in', who: id, why: 'by mail', subject })
    const to = addressOf(email)
    if (!noted.ok || to === undefined) return logLine('warn', 'sign_in_not_sent', { signIn: id })
    const known = { brand: branding.name, support: seller.support }
    const letter = signInLetter(known, `${publicUrl}/sign-in?link=${token}`, LINK_MS / 60_000)
    const sent = await sendMail(edge.aws, {
      from: mailFrom,
      to,
      replyTo: seller.support,
      ...(await render(letter, branding.accent, edge.settings.metering)),
      configurationSet: mailConfigurationSet,
      tags: { occasion: 'sign-in' },
    })
    const outcome = sent.ok ? 'sent' : triedInVain('SES', sent.error).outcome
    logLine(sent.ok ? 'info' : 'warn', 'sign_in_link', { signIn: id, outcome })
  } catch (thrown) {
    logLine('error', 'sign_in_failed', { signIn: id, error: messageOf(thrown) })
  }
}

/** A link as a browser brings it; undefined when either half is of another form. */
export async function linkOf(token: string, browser: string | undefined): Promise<Link | undefined> {
  if (!SECRET.test(token) || browser === undefined || !SECRET.test(browser)) return undefined
  return { tokenSha256: await sha256Hex(token), browserSha256: await sha256Hex(browser) }
}

/** True when the link can be used; it is not used up by asking. */
export const isUsable = async ({ settings, clocks }: Edge, link: Link): Promise<boolean> =>
  (await findLink(settings.db, link, clocks.wall())) !== undefined

/** Uses the link, once. `over`: it was used, or is too old; `again`: it could not be written down, and is good still. */
export async function signIn(edge: Edge, link: Link): Promise<Result<string, 'over' | 'again'>> {
  const { settings, clocks } = edge
  const found = await findLink(settings.db, link, clocks.wall())
  if (found === undefined) return err('over')
  const { id, email } = found
  const subject = await accountsOf(edge, email)
  const noted = await note(edge, { kind: 'sign in', who: id, why: 'with the link', subject })
  if (!noted.ok) return err('again')
  return (await consumeLink(settings.db, link, clocks.wall())) ? ok(id) : err('over')
}

/** Ends a session: whatever cookie of it is left says nothing any more. False: it could not be written down. */
export async function signOut(edge: Edge, id: string, email: string): Promise<boolean> {
  const subject = await accountsOf(edge, email)
  const noted = await note(edge, { kind: 'sign out', who: id, why: 'by the button', subject })
  if (noted.ok) await endSignIn(edge.settings.db, id)
  return noted.ok
}

/** The AWS accounts somebody registered for, as the audit log names him; the first few. */
async function accountsOf({ settings }: Edge, email: string): Promise<string> {
  const mine = await subscriptionsOf(settings.db, email)
  return [...new Set(mine.map(({ account }) => account))].slice(0, 5).join(' ')
}

/** A keyed hash: equal for what is equal, and of no use to whoever reads the table. */
async function macOf(secret: Uint8Array<ArrayBuffer>, text: string): Promise<string> {
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return encodeBase64Url(
    new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`sign-in|${text}`))),
  )
}
